"""Being told to stop, while letters are under way."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self

STOPS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and how Kubernetes ends a job."""


class Stopping:
    """While entered, the first signal is noted, and the second one interrupts. Main thread only."""

    def __init__(self) -> None:
        self.signal: int | None = None
        """Which one came."""
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals over."""
        self._before = {number: signal.signal(number, self._told) for number in STOPS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def stopped(self) -> bool:
        """Whether one came."""
        return self.signal is not None

    def _told(self, number: int, _frame: FrameType | None) -> None:
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number
