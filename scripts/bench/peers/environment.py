"""A peer's own environment: made on first use, and never ours."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.bench.kept import kept, uv

FOLDER = Path(__file__).parent


def python_of(peer: str) -> Path:
    """The interpreter that has the peer's locked requirements. Raises ``RuntimeError``."""
    locked = FOLDER / "requirements" / f"{peer}.txt"

    def make(folder: Path) -> None:
        purpose = f"no environment for {peer}"
        uv(purpose, "venv", "--relocatable", "--python", sys.executable, folder)
        python = folder / "bin" / "python"
        uv(purpose, "pip", "sync", "--require-hashes", "--python", python, locked)

    return kept("peers", locked, make) / "bin" / "python"
