"""Whose turn it is to ask the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """At most so many at once, in the order in which they came; and how many there are."""

    def __init__(self, at_most: int) -> None:
        self.at_most = at_most
        self.running = 0
        self.waiting = 0
        self._room = asyncio.Semaphore(at_most)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it."""
        self.waiting += 1
        try:
            await self._room.acquire()
        finally:
            self.waiting -= 1
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._room.release()
