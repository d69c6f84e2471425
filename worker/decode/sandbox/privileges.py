"""Network, privileges, and whoever would look in from beside."""

from __future__ import annotations

import ctypes
from pathlib import Path

PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
"""<linux/prctl.h>"""

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
"""<linux/sched.h>"""

CAPABILITY_VERSION_3 = 0x20080522
"""<linux/capability.h>: two words of each set."""


def leave_network() -> bool:
    """Move into a network namespace with nothing in it. False where the kernel refuses.

    To be called before any thread starts: a user namespace is entered by single threads only.
    """
    libc = _libc()
    as_root: int = libc.unshare(CLONE_NEWNET)
    left = as_root == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0
    return left and _devices() <= {"lo"}


def _devices() -> set[str]:
    lines = Path("/proc/self/net/dev").read_text(encoding="ascii").splitlines()
    return {line.split(":")[0].strip() for line in lines[2:]}


def drop_privileges() -> bool:
    """Never gain a privilege again, whatever is executed. True if it holds."""
    libc = _libc()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    holds: int = libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
    return holds == 1


def drop_capabilities() -> bool:
    """Give up every capability: root's, and those in a user namespace of our own.

    After the namespaces, which take one. True if none is left.
    """

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    nothing = (ctypes.c_uint32 * 6)()
    _libc().capset(ctypes.byref(Header(CAPABILITY_VERSION_3, 0)), nothing)
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    held = dict(line.split(":", 1) for line in lines if line.startswith("Cap"))
    return all(int(held[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff"))


def hide() -> bool:
    """Be traced and dumped by nobody, and have /proc/PID belong to root. True if it holds."""
    libc = _libc()
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    dumpable: int = libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)
    return dumpable == 0


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
