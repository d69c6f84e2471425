"""How much memory this process keeps that it does not use."""

from __future__ import annotations

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Names of settings (mallopt(3), glibc's malloc.h)."""

GIVEN_BACK_FROM = 128 * 1024
"""Bytes from which a block goes back to the system as soon as it is free, and free memory at the
heap's end likewise. It is what glibc begins with; but it raises both with each larger block that is
freed, up to 32 MiB, and what is smaller then stays where others lie above it.
"""

ARENAS = 1
"""glibc has one for each thread otherwise, up to eight a core, and what one of them has free is no
other's. Threads of Python seldom wait for each other here, for they wait for the interpreter.
"""


def steady_heap() -> bool:
    """Have the heap follow what is in use; whether that was possible.

    To be called before there are threads. Only glibc has it: elsewhere nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wanted = (
        (M_ARENA_MAX, ARENAS),
        (M_MMAP_THRESHOLD, GIVEN_BACK_FROM),
        (M_TRIM_THRESHOLD, GIVEN_BACK_FROM),
    )
    return all(mallopt(name, value) == 1 for name, value in wanted)
