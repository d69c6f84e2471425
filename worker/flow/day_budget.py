"""How often something may be done in a day, by all workers together."""

from __future__ import annotations

from datetime import date

from worker.domain.clock import Clock
from worker.domain.failure import Transient
from worker.flow.protocol import DayCounter


class DayBudget:
    """Spent one by one; a new one begins at midnight UTC.

    While the shared counter is away this worker counts on from the last total that it knows, and
    hands in what it counted when the counter is back. A counter that came back empty does not help:
    a worker never believes a total below what it spent itself.
    """

    def __init__(self, limit: int, counter: DayCounter, clock: Clock) -> None:
        """``limit`` 0 is no limit: the counter is left alone then."""
        self.limit = limit
        self._counter = counter
        self._clock = clock
        self._day = date.min
        self._known = 0
        self._mine = 0
        self._not_handed_in = 0
        self._spent = False

    @property
    def spent(self) -> bool:
        """Whether this worker knows that nothing is left today."""
        return self._spent and self._day == self._clock.now().date()

    async def spend(self) -> bool:
        """One more. False if it is beyond the limit."""
        if self.limit == 0:
            return True
        self._begin_day()
        if self._spent:
            return False  # the others' count is over, too: the counter need not be asked
        self._mine += 1
        day, mine, n = self._day, self._mine, 1 + self._not_handed_in
        self._not_handed_in = 0
        try:
            total = await self._counter.add(day, n)
        except Transient:
            total = self._keep(day, n)
        except BaseException:
            self._keep(day, n)
            raise
        else:
            if day == self._day:
                self._known = max(self._known, total)
        if day != self._day:
            return total <= self.limit  # a new day began meanwhile; this one was of the old
        if max(total, mine) > self.limit:
            self._spent = True
            return False
        return True

    def _begin_day(self) -> None:
        today = self._clock.now().date()
        if today != self._day:
            self._day, self._spent = today, False
            self._known = self._mine = self._not_handed_in = 0

    def _keep(self, day: date, n: int) -> int:
        """Hand it in another time. The total as far as this worker knows."""
        if day == self._day:
            self._not_handed_in += n
        return self._known + self._not_handed_in
