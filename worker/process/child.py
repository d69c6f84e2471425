"""A child process of ours, and its certain end."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

from worker.process.channel import AsyncChannel, channel_pair

LAST_WORDS_TIMEOUT_S = 2.0

PR_SET_PDEATHSIG = 1
"""<linux/prctl.h>: a signal for a process whose parent dies."""


class Child:
    """``python -m MODULE FD PARENT ARGUMENTS`` in a session of its own, a channel at FD.

    The session makes a process group: ending the child ends all that it started. vLLM's engine
    core survives its own parent, and would hold on to the GPU's memory.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        channel: AsyncChannel,
        heard: Callable[[str], None] | None,
    ) -> None:
        self.process = process
        self.channel = channel
        self._listening = asyncio.create_task(self._listen(heard)) if heard else None

    @classmethod
    async def start(
        cls,
        module: str,
        *,
        arguments: Sequence[str] = (),
        env: Mapping[str, str],
        heard: Callable[[str], None] | None = None,
    ) -> Child:
        """Start it. Nothing of our own environment reaches it but ``env``.

        ``heard`` is told every line that the child, or what it starts, writes to its standard
        output or error; without it they go where ours go.
        """
        words = asyncio.subprocess.PIPE if heard else None
        ours, theirs = channel_pair()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                str(theirs.fileno()),
                str(os.getpid()),
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=words,
                stderr=asyncio.subprocess.STDOUT if heard else None,
                pass_fds=(theirs.fileno(),),
                env=dict(env),
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, AsyncChannel(ours), heard)

    async def _listen(self, heard: Callable[[str], None]) -> None:
        assert self.process.stdout is not None
        while True:
            try:
                line = await self.process.stdout.readline()
            except ValueError:
                continue  # a line longer than the buffer: let it go
            if not line:
                return
            heard(line.decode(errors="replace").rstrip())

    @property
    def pid(self) -> int:
        """Process id, and id of its process group."""
        return self.process.pid

    async def hear_out(self) -> None:
        """Wait for its last words, but not for long. It has ended, or is about to."""
        if self._listening is not None:
            await asyncio.wait({self._listening}, timeout=LAST_WORDS_TIMEOUT_S)

    async def end(self, *, grace_s: float) -> int:
        """Close the channel, which asks it to end; kill after ``grace_s``. Its exit status."""
        self.channel.close()
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), grace_s)
        finally:  # also when told not to wait
            self._kill_group()
        return await self.kill()

    def _kill_group(self) -> None:
        """The group may outlive its leader, so it is killed whether or not the leader is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def kill(self) -> int:
        """Kill the child and all that it started, now. Its exit status."""
        self._kill_group()
        # With the group dead the pipe has an end, unless one left the group.
        await self.hear_out()
        if self._listening is not None:
            self._listening.cancel()
        return await self.process.wait()


def die_with_parent(parent: int) -> None:
    """For a child with no children of its own: be killed when the parent dies, even mid-decode.

    ``parent`` is its process id as it told us: 1 in a container, where that is no sign of a death.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before the call above


def base_environment() -> dict[str, str]:
    """What any Python child needs to start, and no more: above all no secrets."""
    keep = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "TZ")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    # The child imports what we import, from where we import it.
    env["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    env["PYTHONUNBUFFERED"] = "1"
    return env
