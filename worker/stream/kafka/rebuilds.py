"""How often a consumer may be made anew."""

from __future__ import annotations

import time

from worker.domain.failure import Reason, Systemic

AT_MOST, WITHIN_S = 3, 600.0
"""Consumers that may fail one after the other within this time before the worker gives up."""


class Rebuilds:
    """The consumers that failed lately."""

    def __init__(self) -> None:
        self._failures: list[float] = []

    def count(self, error: Exception) -> None:
        """One more failed by this. Raises ``Systemic`` where it is one too many."""
        now = time.monotonic()
        self._failures = [then for then in self._failures if now - then < WITHIN_S]
        if len(self._failures) >= AT_MOST:
            raise Systemic(
                Reason.STREAM_FAILED,
                f"the consumer failed {AT_MOST + 1} times in {WITHIN_S:.0f} s, at last by"
                f" {type(error).__name__}; the log has each",
            )
        self._failures.append(now)
