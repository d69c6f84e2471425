"""The system calls that are left to a process that decodes, by seccomp.

An allow-list. What decoding every format that we take was seen to need is let through, and what the
C library may use in its place. Everything else is answered ENOSYS, as an older kernel does:
libraries have a way around it, and calls that do not exist yet are shut out, too. Some are refused
with EPERM, which is what programs that try them look for. And those by which a process that was
taken over would begin end it at once. docs/adr/0008.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterable
from typing import Any

from worker.process.seals import F_ADD_SEALS, F_GET_SEALS

try:
    import pyseccomp as seccomp
except (ImportError, RuntimeError, OSError):  # where libseccomp.so.2 is not installed
    seccomp = None

ALLOWED = (
    # Memory. ``mmap`` and ``mprotect`` have conditions, below.
    *("brk", "munmap", "mremap", "madvise", "membarrier", "memfd_create"),
    # What is open already.
    *("read", "write", "readv", "writev", "pread64", "lseek", "_llseek", "close", "fstat"),
    *("sendmsg", "recvmsg", "poll", "ppoll", "ftruncate"),
    # Threads: FFmpeg, dav1d and libheif start some for each file. ``clone`` has conditions.
    *("futex", "futex_time64", "set_robust_list", "rseq", "set_tid_address", "sched_yield"),
    *("sched_getaffinity", "getcpu", "exit", "exit_group", "restart_syscall"),
    # Signals to itself. ``tgkill`` has conditions.
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    # What time it is, and who we are.
    *("clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "nanosleep"),
    *("gettimeofday", "time", "times", "getrusage", "getrandom", "uname", "sysinfo"),
    *("getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid"),
)

REFUSED = (
    # Python and the C library look for files, name services and loggers as a matter of course.
    *("open", "openat", "openat2", "creat", "stat", "lstat", "access", "faccessat", "faccessat2"),
    *("readlink", "readlinkat", "getcwd", "chdir", "mkdir", "mkdirat", "unlink", "unlinkat"),
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "truncate"),
    *("socket", "socketpair", "fork", "vfork", "kill", "tkill", "rt_sigqueueinfo"),
    *("rt_tgsigqueueinfo", "pidfd_send_signal", "pidfd_open", "setsid", "setpgid", "ioctl"),
)

DEADLY = (
    # Another program, another process's memory.
    *("execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd"),
    *("kcmp", "process_madvise"),
    # The network: there is no socket to call any of these on.
    *("connect", "bind", "listen", "accept", "accept4"),
    # Namespaces, mounts, roots.
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "open_by_handle_at"),
    # The kernel's own machinery, most of its privilege escalations among it.
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter"),
    *("io_uring_register", "keyctl", "add_key", "request_key", "init_module", "finit_module"),
    *("delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "iopl"),
    *("ioperm", "modify_ldt", "personality", "quotactl", "acct", "settimeofday"),
    *("clock_settime", "clock_adjtime", "adjtimex", "syslog", "setuid", "setgid", "setresuid"),
    *("setresgid", "setgroups", "capset", "vmsplice", "memfd_secret"),
)

PROT_EXEC = 0x4
AT_EMPTY_PATH = 0x1000
CLONE_THREAD = 0x00010000
NAMESPACES = 0x7E020000
"""<linux/sched.h>: all CLONE_NEW flags of clone(2)."""

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
"""<linux/prctl.h>"""

OPTIMIZE_TREE = 2
"""seccomp_attr_set(3): a binary tree in place of a list, which each call would walk."""


def restrict(*, forks: bool = False) -> bool:
    """Leave this process, in all its threads, with the calls above. False where that cannot be.

    With ``forks`` it may also fork, wait for its forks, kill them, and restrict them further.
    Nothing lifts a filter again: another ``restrict`` only takes more away.
    """
    if seccomp is None:
        return False
    try:
        calls = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
        calls.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
        calls.set_attr(seccomp.Attr.CTL_NNP, 0)  # it is set already
        calls.set_attr(seccomp.Attr.CTL_TSYNC, 1)
        _optimize(calls)
        _add(calls, seccomp.ALLOW, ALLOWED)
        _add(calls, seccomp.KILL_PROCESS, DEADLY)
        refused = seccomp.ERRNO(errno.EPERM)
        forking = {"kill"} if forks else set()
        _add(calls, refused, [name for name in REFUSED if name not in forking])
        _add_conditions(calls, refused, forks=forks)
        if forks:
            _add(calls, seccomp.ALLOW, ("wait4", "pipe2", "pipe", "kill", "seccomp", "prlimit64"))
        calls.load()
    except OSError:
        return False
    return True


def _optimize(calls: Any) -> None:
    try:
        calls.set_attr(seccomp.Attr.CTL_OPTIMIZE, OPTIMIZE_TREE)
    except OSError:
        return  # before libseccomp 2.5


def _add(calls: Any, action: int, names: Iterable[str]) -> None:
    for name in names:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
        if number != -1:  # a name younger than the library
            calls.add_rule(action, number)


def _add_conditions(calls: Any, refused: int, *, forks: bool) -> None:
    """Calls that are let through with some arguments only."""

    def masked(argument: int, mask: int, value: int) -> Any:
        return seccomp.Arg(argument, seccomp.MASKED_EQ, mask, value)

    def equal(argument: int, value: int) -> Any:
        return seccomp.Arg(argument, seccomp.EQ, value)

    # No new machine code: neither of a stranger's nor of a library that is loaded late.
    for name in ("mmap", "mprotect"):
        calls.add_rule(seccomp.ALLOW, name, masked(2, PROT_EXEC, 0))
        calls.add_rule(refused, name, masked(2, PROT_EXEC, PROT_EXEC))
    # As glibc writes fstat. The path could be one all the same: its owner and size, no more.
    calls.add_rule(seccomp.ALLOW, "newfstatat", masked(3, AT_EMPTY_PATH, AT_EMPTY_PATH))
    calls.add_rule(refused, "newfstatat", masked(3, AT_EMPTY_PATH, 0))
    # Threads. The flags of clone3 lie in memory, where no filter sees them: without it, the C
    # library takes clone.
    calls.add_rule(seccomp.ALLOW, "clone", masked(0, CLONE_THREAD | NAMESPACES, CLONE_THREAD))
    process = masked(0, CLONE_THREAD | NAMESPACES, 0)
    calls.add_rule(seccomp.ALLOW if forks else refused, "clone", process)
    # abort(3) and raise(3).
    calls.add_rule(seccomp.ALLOW, "tgkill", equal(0, os.getpid()))
    for command in (F_ADD_SEALS, F_GET_SEALS, fcntl.F_GETFD, fcntl.F_GETFL, fcntl.F_SETFD):
        calls.add_rule(seccomp.ALLOW, "fcntl", equal(1, command))
    calls.add_rule(seccomp.ALLOW, "fcntl", equal(1, fcntl.F_DUPFD_CLOEXEC))
    for option in (PR_SET_NAME, *((PR_SET_PDEATHSIG,) if forks else ())):
        calls.add_rule(seccomp.ALLOW, "prctl", equal(0, option))
