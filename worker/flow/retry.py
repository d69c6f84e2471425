"""Trying again, a bounded number of times, without a herd."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from worker.domain.failure import Failure, Transient

T = TypeVar("T")

MAX_RETRY_AFTER_S = 60.0
"""A server's own wish beyond this is not waited for in process: the event's slot is worth more."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter.

    Before try n + 1 it waits a time drawn evenly from 0 to min(cap_s, base_s * 2^(n-1)) seconds
    (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015), or the other side's own wish.
    """

    attempts: int = 4
    base_s: float = 0.2
    cap_s: float = 5.0
    patience_s: float | None = None
    """An event that is to wait for longer, by the other side's wish, does not wait in process: a
    retry topic holds neither its slot nor its memory. None where there is no retry topic."""

    async def run(self, call: Callable[[], Awaitable[T]], failed: Callable[[Failure], None]) -> T:
        """Call until it succeeds. Raises the last ``Transient`` once attempts or patience end.

        ``failed`` is told of every transient failure, also of the last one.
        """
        attempt = 1
        while True:
            try:
                return await call()
            except Transient as failure:
                failed(failure)
                if attempt >= self.attempts or self._too_long(failure):
                    raise
                await asyncio.sleep(self.pause(attempt, failure))
                attempt += 1

    def _too_long(self, failure: Transient) -> bool:
        wish, patience_s = failure.retry_after, self.patience_s
        return wish is not None and patience_s is not None and wish > patience_s

    def pause(self, attempt: int, failure: Transient) -> float:
        """Seconds to wait after the given attempt (counted from 1)."""
        if failure.retry_after is not None:
            return min(failure.retry_after, MAX_RETRY_AFTER_S)
        longest: float = min(self.cap_s, self.base_s * 2 ** (attempt - 1))
        return random.uniform(0, longest)  # noqa: S311 - jitter, not a secret
