"""The way into the engine: together, a few, or alone."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum

from worker.domain.cache_key import CacheKey

FEW = 32
"""Contents that make a few. As many can be asked about one by one in about the time that a restart
of the engine takes; and the hundreds that a GPU holds at once are a dozen such groups."""

TURN = 32
"""Questions let in apart before those held back have their turn: neither waits for ever."""


class Company(Enum):
    """Whom a content may be in the engine with."""

    ANY = "any"
    FEW = "few"
    """Others that may have a few, up to ``FEW`` of them."""
    NONE = "none"


@dataclass(slots=True, eq=False)
class _Waiting:
    key: CacheKey
    company: Company
    let_in: asyncio.Future[None]


class Gate:
    """A readers-writer lock with a class between the two. For one event loop.

    Contents with ``Company.ANY`` enter together. One that may not have that waits until they have
    left, and holds new ones back until it is done: it goes first, but for the turn that those held
    back have after ``TURN`` others. What is apart enters in the order in which it came.

    A content may enter several times at once, with several questions; it counts as one.
    """

    def __init__(self) -> None:
        self._inside: Counter[CacheKey] = Counter()
        self._company = Company.ANY
        self._apart: deque[_Waiting] = deque()
        self._held: deque[_Waiting] = deque()
        self._left_of_turn = TURN

    @property
    def inside(self) -> tuple[CacheKey, ...]:
        """The contents in the engine now."""
        return tuple(self._inside)

    @property
    def company(self) -> Company:
        """What those inside have in common; of the last ones while nobody is."""
        return self._company

    @property
    def apart(self) -> int:
        """Questions about contents that may not have any company, inside or waiting."""
        inside = 0 if self._company is Company.ANY else self._inside.total()
        return inside + len(self._apart)

    @property
    def held(self) -> int:
        """Questions about ordinary contents that wait for those to be done."""
        return len(self._held)

    @asynccontextmanager
    async def entered(self, key: CacheKey, company: Company) -> AsyncIterator[None]:
        """Be in the engine. Waits for the way to be free; a caller cancelled there leaves it so."""
        await self._enter(key, company)
        try:
            yield
        finally:
            self._leave(key)

    async def _enter(self, key: CacheKey, company: Company) -> None:
        if company is Company.ANY and self._is_open:
            self._inside[key] += 1
            self._company = company
            self._left_of_turn = TURN
            return
        waiting = _Waiting(key, company, asyncio.get_running_loop().create_future())
        line = self._held if company is Company.ANY else self._apart
        line.append(waiting)
        self._let_in()
        try:
            await waiting.let_in
        except asyncio.CancelledError:
            if waiting.let_in.cancelled():
                self._let_in()  # those behind it may go now
            else:  # let in and cancelled in the same moment
                self._leave(key)
            raise

    @property
    def _is_open(self) -> bool:
        """Whether nobody waits, and none inside wants to be apart: so it nearly always is."""
        if self._apart or self._held:
            return False
        return self._company is Company.ANY or not self._inside

    def _leave(self, key: CacheKey) -> None:
        self._inside[key] -= 1
        if not self._inside[key]:
            del self._inside[key]
        if self._apart or self._held:
            self._let_in()

    def _let_in(self) -> None:
        """All who may go in now."""
        _drop_cancelled(self._apart)
        _drop_cancelled(self._held)
        while self._apart and (self._left_of_turn > 0 or not self._held):
            if not self._fits(self._apart[0]):
                return  # and whoever is held back stays so
            self._left_of_turn -= 1
            self._admit(self._apart.popleft())
        if not self._held or (self._inside and self._company is not Company.ANY):
            return
        self._left_of_turn = TURN
        while self._held:
            self._admit(self._held.popleft())

    def _fits(self, waiting: _Waiting) -> bool:
        """Whether one that may not have any company can go in."""
        if not self._inside:
            return True
        if waiting.company is not self._company:
            return False
        if waiting.key in self._inside:
            return True
        return waiting.company is Company.FEW and len(self._inside) < FEW

    def _admit(self, waiting: _Waiting) -> None:
        self._inside[waiting.key] += 1
        self._company = waiting.company
        waiting.let_in.set_result(None)


def _drop_cancelled(line: deque[_Waiting]) -> None:
    """Those who gave up stay in line until somebody looks."""
    if any(waiting.let_in.cancelled() for waiting in line):
        left = [waiting for waiting in line if not waiting.let_in.cancelled()]
        line.clear()
        line.extend(left)
