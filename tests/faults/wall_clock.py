"""A wall clock of a process's own, which jumps when it is told to.

libfaketime would do it; but its 0.9.10, Debian's, makes each ``time.sleep`` of a Python 3.11 fail
with EINVAL where the monotonic clock is to be left alone, and that is another fault.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from datetime import timedelta
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")


class WallClock:
    """The clock of processes that are started with its ``environment``."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        assert compiler, "a C compiler is missing: run `make parts`"
        self._library = folder / "wall_clock.so"
        self._file = folder / "wall_clock"
        options = ("-O2", "-shared", "-fPIC", "-nostdlib")
        subprocess.run(
            [compiler, *options, "-o", str(self._library), str(SOURCE)],
            check=True,
            capture_output=True,
        )
        self._file.write_bytes(struct.pack("q", 0))

    @property
    def environment(self) -> dict[str, str]:
        """For a process to have it."""
        return {"LD_PRELOAD": str(self._library), "FAULTS_WALL_CLOCK": str(self._file)}

    def set(self, ahead: timedelta) -> None:
        """Let it be that far ahead of the true time, from now on."""
        nanoseconds = ahead // timedelta(microseconds=1) * 1000
        with self._file.open("r+b") as shared:
            shared.write(struct.pack("q", nanoseconds))
