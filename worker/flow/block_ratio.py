"""Whether `block` hints have become more frequent than they used to be."""

from __future__ import annotations

from collections import deque

from worker.flow.config import BreakerSettings


class BlockRatio:
    """Compares the last verdicts with those before them.

    With n blocks among the last ``window`` verdicts and the baseline b, the share of blocks before
    them, it opens when

        n > window * max(floor, min(jump_factor * b, (1 + b) / 2))

    and closes when n falls below ``close_at`` of that (hysteresis: it does not flutter).

    ``b`` is the mean of what left the window, at first, and an exponentially weighted one once it
    rests upon ``memory`` verdicts: b += (x - b) / min(seen, memory). No verdict is in both n and b,
    so a jump does not lift what it is measured by. None that stood in the window while open is ever
    part of b: the fault would become the baseline.

    n counts, and is no ratio of what there is so far: 1 block of 3 verdicts opens nothing.
    (1 + b) / 2, half-way from b to "all", lets a baseline of a third or more jump as well.
    """

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._recent: deque[bool] = deque()
        self._blocks = 0
        self._not_learned = 0
        """The oldest of them, which stood there while it was open."""
        self._baseline = 0.0
        self._seen = 0
        if settings.expected_share is not None:
            self._baseline, self._seen = settings.expected_share, settings.warm_up
        self._open = False

    @property
    def open(self) -> bool:
        """Whether there are too many."""
        return self._open

    @property
    def share(self) -> float:
        """Share of blocks among the last verdicts; 0 before any."""
        return self._blocks / len(self._recent) if self._recent else 0.0

    @property
    def baseline(self) -> float:
        """Share of blocks before them."""
        return self._baseline

    @property
    def limit(self) -> float:
        """Blocks in the window beyond which it opens."""
        jump = min(self._settings.jump_factor * self._baseline, (1 + self._baseline) / 2)
        return self._settings.window * max(self._settings.floor, jump)

    def note(self, *, blocked: bool) -> None:
        """One more verdict, as the model would have it."""
        if self._settings.jump_factor == 0:
            return
        was_open = self._open
        self._recent.append(blocked)
        self._blocks += blocked
        if len(self._recent) > self._settings.window:
            self._forget(blocked=self._recent.popleft())
        if was_open:
            self._open = self._blocks >= self._settings.close_at * self.limit
        else:
            self._open = self._seen >= self._settings.warm_up and self._blocks > self.limit
        if was_open or self._open:
            self._not_learned = len(self._recent)

    def _forget(self, *, blocked: bool) -> None:
        self._blocks -= blocked
        if self._not_learned:
            self._not_learned -= 1
            return
        self._seen += 1
        weight = 1 / min(self._seen, self._settings.memory)
        self._baseline += (blocked - self._baseline) * weight
