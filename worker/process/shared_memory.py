"""Anonymous shared memory, known by descriptor alone.

A memfd has no name: nothing is left in /dev/shm when a process is killed, and nobody can open
what was not handed to them.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from worker.process.seals import F_ADD_SEALS, F_GET_SEALS, F_SEAL_GROW, F_SEAL_SHRINK


def share(data: bytes | bytearray | memoryview | npt.NDArray[Any], name: str) -> int:
    """A descriptor of new shared memory that holds ``data``, sealed against change of size.

    Sealed, because a reader that has mapped memory which its peer then shrinks dies of SIGBUS.
    ``name`` shows in /proc only.
    """
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        # A memoryview of an array is what the buffer protocol gives; mypy knows it from 3.12 on.
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        while view:
            view = view[os.write(fd, view) :]
        fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)
    except BaseException:
        os.close(fd)
        raise
    return fd


def map_bytes(fd: int, nbytes: int) -> mmap.mmap:
    """Map ``nbytes`` of shared memory for reading. Raises ``ValueError`` if it is not that, sealed.

    To be called by whoever did not make the memory: size and seals are the peer's claim.
    """
    try:
        seals = fcntl.fcntl(fd, F_GET_SEALS)
    except OSError as error:
        raise ValueError("the descriptor is no shared memory") from error
    if not seals & F_SEAL_SHRINK:
        raise ValueError("the shared memory is not sealed")
    size = os.fstat(fd).st_size
    if size != nbytes or nbytes <= 0:
        raise ValueError(f"the shared memory has {size} bytes, {nbytes} were announced")
    return mmap.mmap(fd, nbytes, mmap.MAP_SHARED, mmap.PROT_READ)


def map_given(fd: int, nbytes: int) -> mmap.mmap:
    """Map ``nbytes`` of what our own parent gave us: shared memory, or a file without a name.

    A file has no seals. The parent made it, let nobody else write to it, and says its true size.
    Raises ``ValueError`` for another.
    """
    size = os.fstat(fd).st_size
    if size != nbytes or nbytes <= 0:
        raise ValueError(f"the descriptor has {size} bytes, {nbytes} were announced")
    return mmap.mmap(fd, nbytes, mmap.MAP_SHARED, mmap.PROT_READ)


def map_pixels(fd: int, shape: tuple[int, int, int, int]) -> npt.NDArray[np.uint8]:
    """The pixels behind ``fd`` as a read-only array, uint8, ``(frames, height, width, 3)``."""
    nbytes = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(map_bytes(fd, nbytes), dtype=np.uint8).reshape(shape)
