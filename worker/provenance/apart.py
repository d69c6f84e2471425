"""Work in a fork of this process: whatever becomes of it, and however long, is not our end."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from math import ceil
from typing import NoReturn

from worker.process.child import die_with_parent

PIPE_READ = 1 << 16
"""Bytes: what a pipe holds on Linux (pipe(7))."""


def apart(work: Callable[[], bytes], *, seconds: float, most: int) -> bytes | None:
    """What ``work`` returned in a fork; None where it raised, crashed, was late, or gave too much.

    ``seconds`` are of wall-clock time, after which it is killed; ``most`` is in bytes. Raises
    ``OSError`` where this process may not fork.
    """
    reading, writing = os.pipe()
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if child == 0:
        _serve(work, writing, parent, seconds)
    os.close(writing)
    try:
        return _receive(reading, seconds, most)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _serve(work: Callable[[], bytes], writing: int, parent: int, seconds: float) -> NoReturn:
    # Nothing of what this process would do at its end is ours to do: hence _exit, always.
    with contextlib.suppress(BaseException):
        die_with_parent(parent)
        # Should the parent be stopped rather than dead.
        cpu = ceil(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        # The length first: less than that much is a crash, and not a shorter answer.
        answer = work()
        rest = memoryview(len(answer).to_bytes(8) + answer)
        while rest:
            rest = rest[os.write(writing, rest) :]
    os._exit(0)


def _receive(reading: int, seconds: float, most: int) -> bytes | None:
    deadline = time.monotonic() + seconds
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    got = bytearray()
    while len(got) <= most + 8:
        left_ms = int((deadline - time.monotonic()) * 1000)
        if left_ms <= 0 or not poll.poll(left_ms):
            return None
        piece = os.read(reading, PIPE_READ)
        if not piece:
            complete = len(got) >= 8 and int.from_bytes(got[:8]) == len(got) - 8
            return bytes(got[8:]) if complete else None
        got += piece
    return None
