"""Taking in bytes as they come, up to a limit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

from worker.domain.failure import Poison, Reason, Transient
from worker.domain.held_file import HeldFile
from worker.domain.media import Content
from worker.fetch.config import FetchConfig
from worker.fetch.protocol import OnSize
from worker.fetch.spill import Spill, SpillRoom

WRITTEN_AT_ONCE = 1024**2
"""Bytes gathered for one write: a thread for every packet would cost more than the writing."""


class Intake:
    """Grows with every chunk, and refuses the one that goes over the limit.

    A stated length is checked before a byte is read, and never trusted beyond that: not even for
    going to a file at once, which would let a server take room by a word. Hashes on the way: all at
    once, a large file would hold up the event loop.

    ``on_size`` is told of what is in memory: nothing, once a file takes it.
    """

    def __init__(self, limit: int, spill_over: int, room: SpillRoom, on_size: OnSize) -> None:
        self._limit = limit
        self._on_size = on_size
        self._spill_over = spill_over
        self._room = room
        self._buffer = bytearray()
        self._nbytes = 0
        self._packed = 0
        self._stated: int | None = None
        self._digest = hashlib.sha256()
        self._spill: Spill | None = None
        self.waits_for_room = False
        """Whether it is our disk that is waited for, and not the other side."""
        self._accounted = 0

    def expect(self, nbytes: int, *, packed: bool = False) -> None:
        """So many were announced; no more are taken. Raises ``Poison`` (``media_too_large``).

        ``packed``: they are unpacked on their way, to nobody knows how many.
        """
        self._check(nbytes)
        if not packed:
            self._stated = nbytes
            self._account(min(nbytes, self._spill_over))

    def count_packed(self, nbytes: int) -> None:
        """So many more came, and are not unpacked yet. Raises as ``add`` does."""
        self._packed += nbytes
        self._check(self._packed)

    async def add(self, chunk: bytes | memoryview) -> None:
        """Raises ``Poison`` (``media_too_large``), and ``Transient`` where the disk is full."""
        self._nbytes += len(chunk)
        self._check(self._nbytes)
        if self._stated is not None and self._nbytes > self._stated:
            raise Transient(Reason.FETCH_FAILED, "more bytes came than were announced")
        self._digest.update(chunk)
        self._buffer += chunk
        if self._spill is None and self._nbytes <= self._spill_over:
            self._account(max(self._accounted, self._nbytes))
        elif self._spill is None or len(self._buffer) >= WRITTEN_AT_ONCE:
            await self._write()

    async def _write(self) -> None:
        if self._spill is None:
            self.waits_for_room = True
            self._spill = await self._room.open(self._needed())
            self.waits_for_room = False
        written, self._buffer = self._buffer, bytearray()
        await self._spill.write(written)
        self._account(0)

    def _needed(self) -> int:
        """All that it may come to."""
        return self._limit if self._stated is None else self._stated

    def _account(self, nbytes: int) -> None:
        if nbytes != self._accounted:
            self._accounted = nbytes
            self._on_size(nbytes)

    def _check(self, nbytes: int) -> None:
        if nbytes > self._limit:
            raise Poison(
                Reason.MEDIA_TOO_LARGE,
                f"the media has over {self._limit} bytes (fetch.max_bytes)",
            )

    async def content(self, mime_hint: str | None) -> Content:
        """All of it, to be closed by the caller. Raises ``Poison`` (``media_empty``)."""
        if not self._nbytes:
            raise Poison(Reason.MEDIA_EMPTY, "the media has no bytes")
        held: bytes | HeldFile = bytes(self._buffer)
        if self._spill is not None:
            await self._write()
            held = self._spill.finish()
        else:
            self._account(self._nbytes)
        return Content(held, self._digest.hexdigest(), mime_hint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever did not become content is let go of."""
        if self._spill is not None:
            self._spill.close()


@dataclass(frozen=True, slots=True)
class Intakes:
    """What all intakes have in common."""

    limit: int
    spill_over: int
    room: SpillRoom

    @classmethod
    def of(cls, config: FetchConfig) -> Intakes:
        """By the settings."""
        room = SpillRoom(config.spill_folder, config.spill_max_bytes)
        return cls(config.max_bytes, config.spill_over_bytes, room)

    def open(self, on_size: OnSize) -> Intake:
        """For one media."""
        return Intake(self.limit, self.spill_over, self.room, on_size)
