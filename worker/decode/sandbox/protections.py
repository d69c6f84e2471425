"""What a decode process can be protected by, by name."""

from __future__ import annotations

from enum import StrEnum


class Protection(StrEnum):
    """Each is tried in the process itself, at its start: a call that returned 0 proves nothing."""

    FORMATS = "formats on a list"
    """FFmpeg and Pillow open no format but ours: no playlist, no page description."""
    MEMORY = "bounded memory"
    """RLIMIT_AS above what the libraries have mapped; files, descriptors and dumps, too."""
    PROCESSOR_TIME = "bounded processor time"
    """RLIMIT_CPU, which the parent moves on before each file."""
    NETWORK = "no network"
    """A network namespace with nothing in it. Needs root, or a kernel that lets users have one."""
    PRIVILEGES = "no new privileges"
    """Nothing that is executed gains any (prctl(2), PR_SET_NO_NEW_PRIVS)."""
    CAPABILITIES = "no capabilities"
    """Not even those of root (capabilities(7))."""
    TRACING = "not to be traced"
    """Nobody of the same user reads its memory, and it leaves no dump (PR_SET_DUMPABLE)."""
    FILES = "no files"
    """Landlock: nothing is opened, made or executed; no TCP; signals reach nobody outside."""
    SYSTEM_CALLS = "few system calls"
    """seccomp: those that decoding needs; no process, no socket, no file, no other kernel."""


REQUIRED = (
    Protection.FORMATS,
    Protection.MEMORY,
    Protection.PRIVILEGES,
    Protection.CAPABILITIES,
    Protection.TRACING,
    Protection.SYSTEM_CALLS,
)
"""Those that hold for any user on any kernel that we support, in a container, too. Not the network
namespace, which many container runtimes refuse, nor Landlock, which needs Linux 5.13 with it
switched on: system calls stand in for both. The library of that one, libseccomp.so.2, is a part of
Debian's and Red Hat's own base."""

REMEDIES = {
    Protection.FORMATS: "this FFmpeg or Pillow opens other files when a media tells it to, and must"
    " not be used",
    Protection.MEMORY: "setrlimit must be allowed",
    Protection.PROCESSOR_TIME: "prlimit must be allowed",
    Protection.NETWORK: "run as root, or let users make namespaces (unshare in the container's"
    " seccomp profile, kernel.unprivileged_userns_clone)",
    Protection.PRIVILEGES: "prctl must be allowed",
    Protection.CAPABILITIES: "capset must be allowed",
    Protection.TRACING: "prctl must be allowed",
    Protection.FILES: "it takes Linux 5.13 or later with Landlock switched on (lsm=landlock,...)"
    " and allowed by the container's seccomp profile",
    Protection.SYSTEM_CALLS: "install libseccomp.so.2 (Debian's package libseccomp2) and let"
    " processes set filters",
}
"""What to do where one does not hold."""
