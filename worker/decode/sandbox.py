"""What a decode process takes away from itself before it sees a stranger's file."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path

PR_SET_NO_NEW_PRIVS = 38
"""<linux/prctl.h>"""

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
"""<linux/sched.h>"""

MAX_OPEN_FILES = 64
"""The channel, the media, the libraries' own few; a decoder opens none."""


def leave_network() -> bool:
    """Move into a network namespace with nothing in it. False where the kernel refuses.

    To be called before any thread starts: a user namespace is entered by single threads only.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    as_root: int = libc.unshare(CLONE_NEWNET)
    return as_root == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0


def drop_privileges() -> bool:
    """Never gain a privilege again, whatever is executed. True if it holds."""
    libc = ctypes.CDLL(None, use_errno=True)
    dropped: int = libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return dropped == 0


def limit_resources(*, memory_bytes: int, output_bytes: int) -> bool:
    """Bound memory, files and core dumps; to be called once all libraries are loaded.

    ``memory_bytes`` counts from what the process has mapped by then: a libtorch built for GPUs
    maps gigabytes that it never touches.
    """
    limits = {
        resource.RLIMIT_AS: _mapped_bytes() + memory_bytes,
        # Counts for anonymous shared memory too, in which the pixels go out.
        resource.RLIMIT_FSIZE: output_bytes,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        _, ceiling = resource.getrlimit(kind)
        bounded = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(kind, (bounded, bounded))
    return True


def _mapped_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
