"""A peer's own environment: made on first use, and never ours."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = Path(__file__).parents[3]
KEPT = ROOT / ".cache" / "bench" / "peers"
INSTALL_S = 600


def python_of(peer: str) -> Path:
    """The interpreter that has the peer's locked requirements. Raises ``RuntimeError``."""
    locked = FOLDER / "requirements" / f"{peer}.txt"
    # By what is in it: another lock is another environment.
    sign = hashlib.sha256(locked.read_bytes() + sys.version.encode()).hexdigest()[:12]
    made = KEPT / f"{peer}-{sign}"
    python = made / "bin" / "python"
    if python.exists():
        return python
    # Under its last name only once it is whole: a broken-off one is begun anew.
    begun = KEPT / f"{peer}-{sign}.begun"
    shutil.rmtree(begun, ignore_errors=True)
    _uv(peer, "venv", "--relocatable", "--python", sys.executable, str(begun))
    install = ("pip", "sync", "--require-hashes", "--python", str(begun / "bin" / "python"))
    _uv(peer, *install, str(locked))
    begun.rename(made)
    return python


def _uv(peer: str, *arguments: str) -> None:
    uv = Path(sys.executable).parent / "uv"
    ended = subprocess.run(
        [uv, "--quiet", *arguments], capture_output=True, text=True, timeout=INSTALL_S, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"no environment for {peer}: {ended.stderr.strip()}")
