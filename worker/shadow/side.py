"""All verdicts of one side, each event once, in bounded memory.

Up to ``limit`` events are kept. Of more, those whose ids have the lowest hashes are: a sample that
is fair, for a hash does not know what it is of, and the same on both sides, so that what one side
has kept the other has too, if it has it at all (bottom-k sampling with a shared hash: Cohen and
Kaplan, "Summarizing data using bottom-k sketches", PODC 2007).
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from worker.domain.verdict import Mode
from worker.shadow.compared import Compared, Failed, NotAVerdict, read_compared

HASHES = 2**64
"""As many as there are: 8 bytes."""

MAX_MODELS = 20
"""Models that are counted by name; a side has one, or two while it changes."""


class Side:
    """Verdicts of the live deployment, or of the shadow."""

    def __init__(self, name: str, *, limit: int, since: datetime | None = None) -> None:
        self.name = name
        self.events: dict[str, Compared] = {}
        self.bar = HASHES
        """Events below it were all kept, those from it on all left out."""
        self.verdicts = 0
        """Taken, duplicates included."""
        self.duplicates = 0
        """The same verdict again, by its id: what at least once allows."""
        self.replaced = 0
        """Another verdict about the same event; the last one counts."""
        self.unreadable = 0
        self.failed = 0
        """Lines of a scan about media without a verdict."""
        self.before = 0
        """Older than what was asked for."""
        self.models: Counter[str] = Counter()
        self.modes: Counter[Mode] = Counter()
        self._limit = limit
        self._since = since.timestamp() if since else None
        self._highest: list[tuple[int, str]] = []

    def take_all(self, values: Iterable[bytes | None]) -> None:
        """Read everything. The order counts: the last verdict of an event stays."""
        for value in values:
            try:
                verdict = read_compared(value)
            except Failed:
                self.failed += 1
            except NotAVerdict:
                self.unreadable += 1
            else:
                self._take(verdict)

    @property
    def span(self) -> tuple[float, float] | None:
        """First and last time of an event, in seconds since the Unix epoch."""
        times = [verdict.at for verdict in self.events.values()]
        return (min(times), max(times)) if times else None

    def _take(self, verdict: Compared) -> None:
        if self._since is not None and verdict.at < self._since:
            self.before += 1
            return
        self.verdicts += 1
        if len(self.models) < MAX_MODELS or verdict.model in self.models:
            self.models[verdict.model] += 1
        self.modes[verdict.mode] += 1
        known = self.events.get(verdict.event_id)
        if known is not None:
            again = known.verdict_id == verdict.verdict_id
            self.duplicates += again
            self.replaced += not again
            self.events[verdict.event_id] = verdict
            return
        place = place_of(verdict.event_id)
        if place >= self.bar:
            return
        self.events[verdict.event_id] = verdict
        heapq.heappush(self._highest, (-place, verdict.event_id))
        if len(self.events) > self._limit:
            highest, left_out = heapq.heappop(self._highest)
            del self.events[left_out]
            self.bar = -highest


def place_of(event_id: str) -> int:
    """The hash of an id."""
    return int.from_bytes(hashlib.blake2b(event_id.encode(), digest_size=8).digest())
