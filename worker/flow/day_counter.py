"""A count for each day in this process."""

from __future__ import annotations

from datetime import date


class MemoryDayCounter:
    """Enough for a single worker, and the twin of a shared one. Remembers one day only."""

    def __init__(self) -> None:
        self._day = date.min
        self._total = 0

    async def add(self, day: date, n: int) -> int:
        """See ``DayCounter``."""
        if day != self._day:
            self._day, self._total = day, 0
        self._total += n
        return self._total
