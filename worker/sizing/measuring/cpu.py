"""Processor time of another process, by the kernel's word (proc(5))."""

from __future__ import annotations

from pathlib import Path

from worker.process.usage import TICKS


def cpu_seconds(pid: int) -> float:
    """User and system time so far, all threads, children left out. Raises ``OSError``.

    Counted in ticks of mostly ten milliseconds: to be read before and after a good deal of work.
    """
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS
