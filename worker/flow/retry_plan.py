"""When an event that used up its tries is tried again, from a topic."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.failure import Transient


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """Retry topics, in order: each event goes through each of them once at most."""

    delays_s: tuple[float, ...] = ()
    """Seconds that an event waits in each."""

    def next_tier(self, passed: int, failure: Transient) -> int | None:
        """The retry topic for an event that has been through ``passed``; None after the last.

        One whose wait is shorter than the other side asked for is left out, while there is a
        longer one.
        """
        if passed >= len(self.delays_s):
            return None
        wish = failure.retry_after or 0.0
        for tier in range(passed, len(self.delays_s)):
            if self.delays_s[tier] >= wish:
                return tier
        return len(self.delays_s) - 1
