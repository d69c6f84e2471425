"""Media too large for memory, on their way into a file."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from pathlib import Path

from worker.domain.failure import Reason, Transient
from worker.domain.held_file import HeldFile
from worker.flow.byte_budget import ByteBudget, Reservation

SLICE = 1024**2
"""Bytes written at once: how long a transfer that is given up may have to wait for its writer."""

NO_FILE = "a large media cannot be written to fetch.spill_folder"


class SpillRoom:
    """Where such files are made, and how many bytes they may have together.

    Each transfer asks for room once, before its first byte is written, and for all that it may ever
    need. Whoever holds room waits for none, so that no two can wait for one another.
    """

    def __init__(self, folder: Path | None, max_bytes: int) -> None:
        self._folder = folder
        self._budget = ByteBudget(max_bytes)

    @property
    def used(self) -> int:
        """Bytes held now, those that are set aside among them."""
        return self._budget.used

    async def open(self, nbytes: int) -> Spill:
        """A file with room for ``nbytes``, once there is so much. Raises ``Transient``."""
        room = await self._budget.hold(nbytes)
        try:
            # Without a name from its first moment where the file system can (O_TMPFILE), or from
            # its second: a killed worker leaves nothing behind.
            with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                return Spill(os.dup(file.fileno()), room)
        except OSError as error:
            room.resize(0)
            raise Transient(Reason.FETCH_FAILED, NO_FILE) from error


class Spill:
    """A file that is being written, by one transfer."""

    def __init__(self, fd: int, room: Reservation) -> None:
        self._fd = fd
        self._room: Reservation | None = room
        self._lock = threading.Lock()
        self.nbytes = 0

    async def write(self, data: bytes | bytearray) -> None:
        """Add to it, in a thread. Raises ``Transient`` where the disk takes no more."""
        try:
            await asyncio.to_thread(self._write, data)
        except OSError as error:
            raise Transient(Reason.FETCH_FAILED, NO_FILE) from error
        self.nbytes += len(data)

    def _write(self, data: bytes | bytearray) -> None:
        rest = memoryview(data)
        while rest:
            # The transfer may be given up meanwhile, and the descriptor be another file's then.
            with self._lock:
                if self._fd < 0:
                    return
                rest = rest[os.write(self._fd, rest[:SLICE]) :]

    def finish(self) -> HeldFile:
        """The file, for reading only, and to be closed by the caller; this one is done with.

        Room that it does not need is given back. Raises ``Transient``.
        """
        try:
            # Opened anew, for whoever gets the descriptor must not be able to write through it.
            fd = os.open(f"/proc/self/fd/{self._fd}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Transient(Reason.FETCH_FAILED, NO_FILE) from error
        room, self._room = self._room, None
        assert room is not None, "a file is finished once"
        room.resize(self.nbytes)
        self.close()
        return HeldFile(fd, self.nbytes, lambda: room.resize(0))

    def close(self) -> None:
        """Let go of it. A second call does nothing, nor one after ``finish()``."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
        if self._room is not None:
            self._room.resize(0)
            self._room = None
