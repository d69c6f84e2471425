"""An event loop whose time passes only when nothing else is left to do."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import Any


class NothingToWaitFor(Exception):
    """Every task waits, and no timer is set: on a real loop this would be for ever."""


class _Skipping(selectors.SelectSelector):
    """Does not wait: it moves the loop's time on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        if timeout is None:
            raise NothingToWaitFor
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs hours of sleeps in no time, each in its order. Deterministic, for it has no threads."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now

    def settle(self) -> None:
        """Run what can run at this moment, without any time passing."""
        self.run_until_complete(_rounds(50))


class LoopClock:
    """The loop's time as a clock. ``ahead`` is what passed while the loop stood still."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.ahead = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return self._loop.time() + self.ahead


async def _rounds(n: int) -> None:
    for _ in range(n):
        await asyncio.sleep(0)
