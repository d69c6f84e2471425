"""No file of this machine, by Landlock."""

from __future__ import annotations

import os
from pathlib import Path

import py_landlock

TASKS = Path("/proc/self/task")


def give_up_files() -> bool:
    """Open, make and execute nothing any more. False where that does not hold.

    Landlock (landlock(7)) binds the calling thread and those that it starts, not those that run
    already: with any of them it is not even tried. What is open stays open. As far as the kernel
    knows how, TCP and signals to others go, too.
    """
    if len(list(TASKS.iterdir())) > 1:
        return False
    try:
        py_landlock.Landlock(strict=False).apply()
    except (py_landlock.LandlockError, OSError, ValueError):
        return False
    return _nothing_opens()


def _nothing_opens() -> bool:
    for path, flags in (
        ("/", os.O_RDONLY),
        ("/proc/self/status", os.O_RDONLY),
        ("/etc/passwd", os.O_RDONLY),
        ("/tmp/ivy-worker-trespass", os.O_WRONLY | os.O_CREAT),  # noqa: S108 - must not succeed
    ):
        try:
            os.close(os.open(path, flags))
        except PermissionError:
            continue
        except FileNotFoundError:
            continue  # such as no /etc/passwd; the others are anywhere
        return False
    return True
