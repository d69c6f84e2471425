"""Another program that runs beside us, and its certain end."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from worker.process.child import PR_SET_PDEATHSIG


class Program:
    """A command in a session of its own, its output in a file.

    Told to end when we die, however we die; killed with all it started when we say so.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, command: Sequence[str], *, env: Mapping[str, str], output: Path) -> Self:
        """Start it; what it writes goes to the end of ``output``."""
        with output.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(env),
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        return cls(process)

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.returncode is None

    async def end(self, *, grace_s: float) -> int:
        """SIGTERM; after ``grace_s`` seconds SIGKILL for it and all it started. Its exit status."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), grace_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return await self.process.wait()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
