"""What another process uses, by the kernel's word and not by its own (proc(5))."""

from __future__ import annotations

import contextlib
import math
import os
import resource
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def own_bytes(pid: int) -> int:
    """Memory that it holds for itself; what it shares with others, such as libraries, left out.

    0 for one that is gone.
    """
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * resource.getpagesize()


def peak_bytes(pid: int) -> int:
    """The most that was ever resident of it, libraries included. 0 for one that is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def allow_seconds(pid: int, seconds: float) -> bool:
    """Let it use that much processor time from now on, and be killed past it (RLIMIT_CPU).

    The limit is one of a whole life, so it is moved on from what was used. False where that cannot
    be.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        used = (int(stat[11]) + int(stat[12])) / TICKS
        _, hard = resource.prlimit(pid, resource.RLIMIT_CPU)
        most = math.ceil(used + seconds)
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.prlimit(pid, resource.RLIMIT_CPU, (soft, hard))
        return resource.prlimit(pid, resource.RLIMIT_CPU)[0] == soft
    except (OSError, ValueError, IndexError):
        return False
