"""A process's memory, by the kernel's word."""

from __future__ import annotations

import resource
from pathlib import Path

MIB = 1024**2


def resident_mib(pid: int) -> float:
    """What is resident of it, libraries included (proc(5), statm). Raises ``OSError`` if gone."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / MIB
