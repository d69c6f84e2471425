"""Shuts itself in as a decode process does, and then tries what it is told to try.

python -m tests.support.trespasser FD PARENT. It has none of a decoder's libraries, so that it
starts in no time; what it takes away from itself is the very same.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyseccomp

from worker.decode.sandbox import system_calls
from worker.decode.sandbox.sandbox import Sandbox
from worker.decode.sandbox.trial import connect, execute, trace
from worker.process.channel import Channel, Packet
from worker.process.child import die_with_parent

MEMORY = 256 * 1024**2
OUTPUT = 1024**2

PASSWD = Path("/etc/passwd")
NEW = Path("/tmp/ivy-worker-trespasser")

LIBC = ctypes.CDLL(None, use_errno=True)

DEADLY = (
    *("process_vm_readv", "unshare", "setns", "mount", "chroot", "bpf", "perf_event_open"),
    *("userfaultfd", "io_uring_setup", "keyctl", "init_module", "setuid", "open_by_handle_at"),
)


def call(name: str) -> Callable[[], object]:
    """A system call without sensible arguments: the kernel must not even be asked."""
    number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)

    def attempt() -> None:
        if LIBC.syscall(number, 0, 0, 0, 0, 0, 0) < 0:
            raise OSError(ctypes.get_errno(), name)

    return attempt


def thread() -> None:
    ran = threading.Event()
    started = threading.Thread(target=ran.set)
    started.start()
    started.join()
    assert ran.is_set()


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def fill_memory() -> None:
    bytearray(2 * MEMORY)


def fill_shared_memory() -> None:
    fd = os.memfd_create("x")
    os.write(fd, b"x" * OUTPUT)
    os.write(fd, b"x")


def use_up_descriptors() -> None:
    for _ in range(100):
        os.memfd_create("x")


def make_code() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def lift_limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


ATTEMPTS: dict[str, Callable[[], object]] = {
    "read a file": PASSWD.read_bytes,
    "read of itself": lambda: Path("/proc/self/environ").read_bytes(),
    "list a folder": lambda: list(Path("/").iterdir()),
    "write a file": lambda: NEW.write_bytes(b"x"),
    "remove a file": NEW.unlink,
    "ask for a file's size": PASSWD.stat,
    "make a socket": socket.socket,
    "make a local socket": lambda: socket.socket(socket.AF_UNIX),
    "fork": fork,
    "start a program": lambda: subprocess.run(["/bin/true"], check=True),
    "signal its parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
    "import a module": lambda: __import__("wave"),
    "make machine code": make_code,
    "lift a limit": lift_limit,
    "fill the memory": fill_memory,
    "fill shared memory": fill_shared_memory,
    "use up descriptors": use_up_descriptors,
    "start a thread": thread,
    "execute": execute,
    "connect": connect,
    "be traced": trace,
    **{name: call(name) for name in DEADLY},
}


def outcome(attempt: Callable[[], object]) -> str:
    """How it ended, in a word."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the name is what is asked for
        return type(error).__name__
    return "done"


def main() -> None:
    """Shut itself in, and try."""
    channel = Channel.from_fd(int(sys.argv[1]))
    die_with_parent(int(sys.argv[2]))
    sandbox = Sandbox()
    sandbox.leave()
    sandbox.limit(memory_bytes=MEMORY, output_bytes=OUTPUT)
    assert sandbox.close_files(lambda: None)
    sandbox.restrict()
    channel.send(Packet({"protections": sandbox.protections, "calls": len(system_calls.ALLOWED)}))
    while True:
        name = channel.receive().body["try"]
        channel.send(Packet({"outcome": outcome(ATTEMPTS[name])}))


if __name__ == "__main__":
    main()
