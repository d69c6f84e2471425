"""Processes that do not outlive the suite."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LEASH = ("setpriv", "--pdeathsig", "KILL")
"""Debian's util-linux: the kernel kills the process when the thread that started it is gone."""


def launch(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program as the head of a process group of its own, writing to ``log``."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [*LEASH, *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes] | None) -> None:
    """Kill it, with all that it started and left in its group, and wait."""
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def descendants(pid: int) -> dict[int, str]:
    """All processes below one, with their command lines."""
    parents, commands = dict[int, int](), dict[int, str]()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state = (folder / "stat").read_text(encoding="utf-8")
            line = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it ended meanwhile
        number = int(folder.name)
        parents[number] = int(state.rpartition(")")[2].split()[1])
        commands[number] = line.replace(b"\0", b" ").decode(errors="replace")
    below, found = {pid}, dict[int, str]()
    while layer := {child for child, parent in parents.items() if parent in below} - set(found):
        found.update({child: commands[child] for child in layer})
        below = layer
    return found
