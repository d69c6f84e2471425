"""All that a run counts, as it goes on."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from worker.stress.histogram import Histogram
from worker.stress.ledger import Again, Ledger, Mark
from worker.stress.outcome import Verdict

MAX_STAGES = 32
"""Names of stages kept: a worker has seven, and the names come from outside."""

WHOLE = "total"
"""In a verdict's ``timings_ms``: from when a worker had the record to its verdict."""

MAX_ERRORS = 16
"""Kinds of errors kept, likewise."""


@dataclass(slots=True)
class Counts:
    """Of events."""

    sent: int = 0
    """Given to the producer."""
    published: int = 0
    """Acknowledged by the brokers."""
    refused: Counter[str] = field(default_factory=Counter)
    """Not taken by the brokers, by error."""
    verdicts: int = 0
    """Uploads with at least one."""
    cached: int = 0
    """Of them, answered without the model's work."""
    dead_letters: Counter[str] = field(default_factory=Counter)
    """Uploads, by reason."""
    retried: int = 0
    """Uploads that were seen in a retry topic."""
    repeated: int = 0
    contradicting: int = 0
    """See ``Again``."""
    wrong: int = 0
    """Verdicts that name an upload that this run did not send, or do not bring back what it had."""
    both: int = 0
    """Uploads with a verdict and a dead letter."""
    new_contents: int = 0
    """Uploads that show what the run had not shown before."""


class Measures:
    """For several threads. Moments are those of the monotonic clock, in seconds."""

    def __init__(self, *, measured_from: float = 0.0) -> None:
        self.lock = threading.RLock()
        self.ledger = Ledger()
        self.counts = Counts()
        self.began = 0.0
        self._measured_from = measured_from
        self.cached, self.uncached, self.late = Histogram(), Histogram(), Histogram()
        """Seconds from when an upload was to be sent to its verdict; and how late it was sent."""
        self.all = Histogram()
        self.outside = Histogram()
        """Of that, what was not in a worker's hands: publishing, waiting in topics, reading."""
        self.stages: dict[str, Histogram] = {}
        self.sent_in: Counter[int] = Counter()
        self.answered_in: Counter[int] = Counter()
        """By the whole second since the start."""
        self.last_sent = 0.0

    def begin(self, now: float) -> None:
        """The start of the schedule. Latencies are of uploads due ``measured_from`` after it."""
        self.began = now

    def sending(self, due: float, now: float, *, new: bool) -> int:
        """An upload goes out; its number."""
        with self.lock:
            self.counts.sent += 1
            self.counts.new_contents += new
            self.sent_in[int(now - self.began)] += 1
            self.last_sent = now
            if self._measured(due):
                self.late.add(max(0.0, now - due))
            return self.ledger.open(due)

    def published(self, number: int) -> None:
        """The brokers have it."""
        with self.lock:
            self.counts.published += self.ledger.mark(number, Mark.PUBLISHED)

    def refused(self, number: int, error: str) -> None:
        """The brokers did not take it."""
        with self.lock:
            if self.ledger.mark(number, Mark.REFUSED):
                _count(self.counts.refused, error)

    def verdict(self, number: int, verdict: Verdict | None, now: float) -> None:
        """A verdict came about an upload; None for one that cannot be read."""
        with self.lock:
            if verdict is None or not verdict.true_to_upload or not self._sent(number):
                self.counts.wrong += 1
                return
            again = self.ledger.verdict(number, verdict.verdict_id)
            if again is not Again.FIRST:
                self.counts.repeated += again is Again.REPEATED
                self.counts.contradicting += again is Again.CONTRADICTING
                return
            self.counts.verdicts += 1
            self.counts.cached += verdict.cached
            self.counts.both += self.ledger.has(number, Mark.DEAD_LETTER)
            self.answered_in[int(now - self.began)] += 1
            self._time(number, verdict, now)

    def _time(self, number: int, verdict: Verdict, now: float) -> None:
        due = self.ledger.due(number)
        if not self._measured(due):
            return
        took = now - due
        self.all.add(took)
        (self.cached if verdict.cached else self.uncached).add(took)
        if (inside := verdict.timings_ms.get(WHOLE)) is not None:
            self.outside.add(max(0.0, took - inside / 1000))
        for name, value in verdict.timings_ms.items():
            if name in self.stages or len(self.stages) < MAX_STAGES:
                self.stages.setdefault(name, Histogram()).add(value / 1000)

    def dead_letter(self, number: int, reason: str, now: float) -> None:
        """An upload became a dead letter."""
        with self.lock:
            if not self._sent(number):
                self.counts.wrong += 1
            elif self.ledger.mark(number, Mark.DEAD_LETTER):
                _count(self.counts.dead_letters, reason)
                self.counts.both += self.ledger.has(number, Mark.VERDICT)
                self.answered_in[int(now - self.began)] += 1

    def retried(self, number: int) -> None:
        """An upload was put into a retry topic."""
        with self.lock:
            if self._sent(number):
                self.counts.retried += self.ledger.mark(number, Mark.RETRIED)

    @property
    def answered(self) -> int:
        """Uploads with an outcome."""
        counts = self.counts
        return counts.verdicts + counts.dead_letters.total() - counts.both

    @property
    def all_answered(self) -> bool:
        """Whether there is nothing left to wait for."""
        with self.lock:
            return self.answered + self.counts.refused.total() >= self.counts.sent

    def _sent(self, number: int) -> bool:
        return 0 <= number < len(self.ledger)

    def _measured(self, due: float) -> bool:
        return due - self.began >= self._measured_from


def _count(counter: Counter[str], name: str) -> None:
    """Names come from outside: the last one kept stands for all others."""
    counter[name if name in counter or len(counter) < MAX_ERRORS else "other"] += 1
