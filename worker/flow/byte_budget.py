"""Backpressure by bytes: how much media may be held in memory at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

UNKNOWN_SIZE = 4 * 1024 * 1024
"""Bytes set aside for an upload of unstated size until its length is known: a large photo."""

BELIEVED_SHARE = 4
"""A stated size is believed up to this part of the budget: it is an uploader's word, and a lie
would have everyone else wait until the budget is empty."""


class Reservation:
    """A part of the budget, for one media."""

    def __init__(self, budget: ByteBudget, nbytes: int) -> None:
        self._budget = budget
        self._nbytes = nbytes

    def resize(self, nbytes: int) -> None:
        """Correct the size once it is known. Never waits.

        Growing may overdraw the budget: if it waited, events that each hold a part could wait
        for one another for ever. New events wait instead until the overdraft is paid back.
        """
        self._budget._adjust(nbytes - self._nbytes)  # noqa: SLF001 - the two are one mechanism
        self._nbytes = nbytes

    @property
    def nbytes(self) -> int:
        """Bytes held now."""
        return self._nbytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.resize(0)


class ByteBudget:
    """A first-come, first-served budget in bytes.

    An upload larger than the whole budget is let in when it is alone, rather than never.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def reserve(self, nbytes: int) -> AsyncIterator[Reservation]:
        """Hold ``nbytes`` inside the block, waiting for its turn first."""
        with await self.hold(nbytes) as reservation:
            yield reservation

    async def hold(self, nbytes: int) -> Reservation:
        """Likewise, until the reservation is resized to nothing, or left as a context."""
        await self._acquire(nbytes)
        return Reservation(self, nbytes)

    def believed(self, stated: int | None) -> int:
        """Bytes to set aside for an upload that states this size, or none."""
        return min(stated or UNKNOWN_SIZE, self.limit // BELIEVED_SHARE)

    def _fits(self, nbytes: int) -> bool:
        return self.used == 0 or self.used + nbytes <= self.limit

    async def _acquire(self, nbytes: int) -> None:
        if not self._waiting and self._fits(nbytes):
            self.used += nbytes
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((nbytes, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._adjust(-nbytes)  # let in and cancelled in the same moment
            else:
                self._waiting = deque(entry for entry in self._waiting if entry[1] is not turn)
                self._admit()
            raise

    def _adjust(self, difference: int) -> None:
        self.used += difference
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._fits(self._waiting[0][0]):
            nbytes, turn = self._waiting.popleft()
            if not turn.done():
                self.used += nbytes
                turn.set_result(None)
