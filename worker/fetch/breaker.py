"""Leaving a host alone that fails again and again."""

from __future__ import annotations

from worker.domain.clock import Clock


class Breaker:
    """Opens after ``failures`` in a row; after ``pause_s`` seconds lets one try, and no second.

    Nygard, "Release It!", 2nd edition, 5.2. With ``failures`` 0 it never opens.
    """

    def __init__(self, failures: int, pause_s: float, clock: Clock) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._in_a_row = 0
        self._opens_at: float | None = None
        """When it may be tried again; None while it is closed."""
        self._trying = False

    @property
    def open(self) -> bool:
        """Whether it is left alone, or tried after that."""
        return self._opens_at is not None

    def wait_s(self) -> float:
        """Seconds until a try may be made; 0 for now."""
        if self._opens_at is None:
            return 0.0
        if self._trying:
            return min(RETRY_SOON_S, self._pause_s)
        return max(0.0, self._opens_at - self._clock.monotonic())

    def begin(self) -> bool:
        """A try begins, after ``wait_s()`` gave 0. Whether it is the one that an open one lets."""
        self._trying = self.open
        return self._trying

    def answered(self) -> None:
        """A try succeeded."""
        self._in_a_row = 0
        self._opens_at = None
        self._trying = False

    def failed(self) -> None:
        """A try failed."""
        self._in_a_row += 1
        if self._limit and self._in_a_row >= self._limit:
            self._opens_at = self._clock.monotonic() + self._pause_s
        self._trying = False

    def gave_up(self) -> None:
        """The one try ended without telling anything of the host: another may be made."""
        self._trying = False


RETRY_SOON_S = 1.0
"""While somebody else tries: seconds after which it is known how that went, more often than not."""
