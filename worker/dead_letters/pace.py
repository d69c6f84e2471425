"""So many a second, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable

LONGEST_NAP_S = 0.2
"""How long a stop may go unseen."""


class Pace:
    """Evenly spaced turns: a rate of 10 gives one each 100 ms, and none is saved up for later."""

    def __init__(
        self,
        per_second: float | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 0.0 if per_second is None else 1 / per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._due = 0.0

    def wait(self, stopped: Callable[[], bool]) -> bool:
        """Return when it is the next one's turn. False if ``stopped`` said so first."""
        while (left := self._due - self._monotonic()) > 0:
            if stopped():
                return False
            self._sleep(min(left, LONGEST_NAP_S))
        self._due = max(self._due, self._monotonic()) + self._interval
        return True
