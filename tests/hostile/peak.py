"""What a process used while one looked: memory at its peak, and processor time."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

KIB_PER_MIB = 1024

RESET_PEAK = "5"
"""To /proc/PID/clear_refs: makes the peak what is resident now (proc(5))."""


class Peak:
    """Mebibytes that a process grew by at its peak, and its processor time, inside a ``with``.

    Of the process alone, without those that it forked.
    """

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")
        self._before = 0.0
        self._began_ms = 0.0
        self.grown_mib = 0.0
        self.cpu_ms = 0.0

    def __enter__(self) -> Self:
        (self._folder / "clear_refs").write_text(RESET_PEAK, encoding="ascii")
        self._before = self._read("VmRSS")
        self._began_ms = self._processor_ms()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.grown_mib = max(0.0, self._read("VmHWM") - self._before)
            self.cpu_ms = self._processor_ms() - self._began_ms
        except (OSError, StopIteration):
            self.grown_mib = 0.0  # it is gone, and that is told otherwise

    def _read(self, field: str) -> float:
        lines = (self._folder / "status").read_text(encoding="ascii").splitlines()
        line = next(line for line in lines if line.startswith(f"{field}:"))
        return int(line.split()[1]) / KIB_PER_MIB

    def _processor_ms(self) -> float:
        """User and system time: fields 14 and 15 of proc_pid_stat(5), counted behind the name."""
        fields = (self._folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
