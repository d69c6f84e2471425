"""Trying out a protection in a fork: it cannot be lifted again, and some of it kills."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable
from typing import NoReturn

from worker.process.child import die_with_parent

FAILED = 1

TRIAL_S = 45.0
"""For one trial: the longest takes every sample once, which is a second on a machine at rest."""

LOOK_S = 0.01

PTRACE_TRACEME = 0
"""<linux/ptrace.h>"""


def survives(work: Callable[[], object]) -> bool:
    """Whether ``work`` runs to its end in a fork, and neither raises nor dies. One may hang."""
    status = _status_of(work)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        status = _status_of(work)
    return status == 0


def dies_of_a_call(work: Callable[[], object]) -> bool:
    """Whether a system call that ``work`` makes in a fork ends it, as seccomp does."""
    status = _status_of(work)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS


def _status_of(work: Callable[[], object]) -> int:
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _end_with(work, parent)
    deadline = time.monotonic() + TRIAL_S
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(LOOK_S)
    # A lock that another thread held at the fork is held there for ever.
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _end_with(work: Callable[[], object], parent: int) -> NoReturn:
    """Nothing of what this process would do at its end is the fork's to do: hence _exit."""
    with contextlib.suppress(BaseException):
        die_with_parent(parent)
        work()
        os._exit(0)
    os._exit(FAILED)


def execute() -> None:
    """Become another program."""
    os.execv("/bin/true", ["/bin/true"])  # noqa: S606 - must not succeed


def connect() -> None:
    """Connect. The kernel would say that there is no such socket, were it asked."""
    ctypes.CDLL(None).connect(-1, None, 0)


def trace() -> None:
    """Be traced by the parent: the least that ptrace(2) knows."""
    ctypes.CDLL(None).ptrace(PTRACE_TRACEME, 0, None, None)


DEADLY = (execute, connect, trace)
