"""What others need to be measured beside us: made on first use from a lock, and kept."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.bench.command import ROOT, said_by

KEPT = ROOT / ".cache" / "bench"
INSTALL_S = 600


def kept(kind: str, locked: Path, make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` fills, by what is locked: another lock is another folder."""
    sign = hashlib.sha256(locked.read_bytes() + sys.version.encode()).hexdigest()[:12]
    made = KEPT / kind / f"{locked.stem}-{sign}"
    if not made.exists():
        # Under its last name only once it is whole: a broken-off one is begun anew.
        begun = made.with_name(f"{made.name}.begun")
        shutil.rmtree(begun, ignore_errors=True)
        make(begun)
        begun.rename(made)
    return made


def uv(purpose: str, *arguments: str | Path) -> None:
    """Run it. Raises ``RuntimeError`` with what it says."""
    said_by(
        purpose, [Path(sys.executable).parent / "uv", "--quiet", *arguments], timeout_s=INSTALL_S
    )
