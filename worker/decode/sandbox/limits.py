"""Limits of resources (setrlimit(2))."""

from __future__ import annotations

import mmap
import resource
from pathlib import Path

MAX_OPEN_FILES = 16
"""Of which 5 are open while it waits, and 4 more while a manifest is read. Few, for each can hold
shared memory, which no other limit counts."""


def limit_resources(*, memory_bytes: int, output_bytes: int) -> bool:
    """Bound memory, files and core dumps; to be called once all libraries are loaded.

    ``memory_bytes`` counts from what the process has mapped by then: a libtorch built for GPUs
    maps gigabytes that it never touches. True if more than that is not to be had.

    The number of processes (RLIMIT_NPROC) is no limit here: it counts all of a user's, the engine's
    threads among them, and does not bite for root at all. System calls see to that.
    """
    limits = {
        resource.RLIMIT_AS: mapped_bytes() + memory_bytes,
        # Counts for anonymous shared memory too, in which the pixels go out.
        resource.RLIMIT_FSIZE: output_bytes,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        _, ceiling = resource.getrlimit(kind)
        bounded = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(kind, (bounded, bounded))
    return _is_refused(memory_bytes + 1)


def _is_refused(nbytes: int) -> bool:
    try:
        mmap.mmap(-1, nbytes).close()
    except (OSError, MemoryError):
        return True
    return False


def mapped_bytes() -> int:
    """Address space of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
