"""A media's bytes in a file that has no name."""

from __future__ import annotations

import os
from collections.abc import Callable


class HeldFile:
    """An open file that nobody can find, and that is gone once it is closed.

    Nobody writes to it any more: its descriptor is for reading. ``released`` is told of its end.
    """

    def __init__(self, fd: int, nbytes: int, released: Callable[[], None]) -> None:
        self._fd = fd
        self.nbytes = nbytes
        self._released = released

    def head(self, nbytes: int) -> bytes:
        """The first bytes, ``nbytes`` of them at most."""
        return os.pread(self._fd, nbytes, 0)

    def read(self) -> bytes:
        """All of them, in memory."""
        data = bytearray()
        while chunk := os.pread(self._fd, self.nbytes - len(data), len(data)):
            data += chunk
        return bytes(data)

    def descriptor(self) -> int:
        """A descriptor of it for another process; the caller closes it."""
        return os.dup(self._fd)

    def close(self) -> None:
        """Give its room back. A second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._released()

    def __del__(self) -> None:
        self.close()
