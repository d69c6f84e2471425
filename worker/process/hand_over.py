"""From another thread into the event loop, many at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class HandOver:
    """Has the event loop make calls that other threads ask for, in their order.

    ``call_soon_threadsafe`` writes to a socket for every call. A producer learns of a whole batch
    of messages at a time: here the loop is woken once, and finds all that came meanwhile.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[Callable[[], None]] = deque()
        self._woken = False

    def hand_over(self, call: Callable[[], None]) -> None:
        """Have it called. Safe from any thread. Raises ``RuntimeError`` once the loop is closed."""
        self._calls.append(call)
        self._wake()

    def _wake(self) -> None:
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._make_calls)

    def _make_calls(self) -> None:
        # First this: what is appended from now on wakes the loop again, what was before is found.
        self._woken = False
        try:
            for _ in range(len(self._calls)):
                self._calls.popleft()()
        finally:
            if self._calls:
                self._wake()  # one of them raised; the others are for the next round
