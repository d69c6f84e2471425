"""One replay, from the first letter to the last."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from worker.dead_letters.filters import LetterFilter
from worker.dead_letters.letter import Letter, read_letter
from worker.dead_letters.pace import Pace
from worker.dead_letters.plan import Copy, Planner, Refusal, Refused
from worker.dead_letters.publisher import CopyTooLarge, Publisher, Sent, TopicMissing
from worker.domain.failure import Systemic
from worker.domain.record import Record
from worker.stream.kafka.topic_reader import Span, TopicReader

MAX_IN_FLIGHT = 500
"""Letters not yet settled. What is not acknowledged when a replay dies is replayed again."""

MAX_IN_FLIGHT_BYTES = 32 * 1024**2
"""Bytes of their payloads, likewise; a single larger one goes alone."""

COMMIT_INTERVAL_S = 5.0
"""Between two commits of a group: at most so much is replayed twice after a crash."""


@dataclass(slots=True)
class Tally:
    """What became of the letters."""

    read: int = 0
    foreign: int = 0
    """Records that no worker wrote."""
    damaged: int = 0
    """Records of the dead-letter topic that no client can read."""
    matched: int = 0
    replayed: int = 0
    """Acknowledged; in a dry run, what would be published."""
    failed: int = 0
    """Given to the broker, and not acknowledged."""
    refused: Counter[Refusal] = field(default_factory=Counter)
    failure: Systemic | None = None
    """What ended the replay before its end."""

    @property
    def clean(self) -> bool:
        """Whether everything that was meant went out."""
        return not (self.failed or self.damaged or self.refused.total() or self.failure)


@dataclass(slots=True)
class _Open:
    """A record that was read, and is passed once its copy, if any, is acknowledged."""

    partition: int
    next_offset: int
    letter: Letter | None = None
    copy: Copy | None = None
    sent: Sent | None = None

    @property
    def nbytes(self) -> int:
        return self.copy.nbytes if self.copy else 0


class Replay:
    """Reads, decides, publishes, and remembers how far it came.

    Without a ``publisher`` it is a dry run. ``tell`` hears of each letter that was meant, when it
    is settled, and ``damaged`` of what cannot be read. With ``remember`` the reader's group gets
    the offsets of what was passed.
    """

    def __init__(
        self,
        reader: TopicReader,
        planner: Planner,
        publisher: Publisher | None,
        *,
        wanted: LetterFilter,
        tell: Callable[[Letter, Copy | Refused], None],
        damaged: Callable[[Record], None],
        limit: int | None = None,
        pace: Pace | None = None,
        remember: bool = False,
        stopped: Callable[[], bool] = lambda: False,
        passed: Callable[[], None] = lambda: None,
    ) -> None:
        self.tally = Tally()
        self._reader = reader
        self._planner = planner
        self._publisher = publisher
        self._wanted = wanted
        self._tell = tell
        self._damaged = damaged
        self._limit = limit
        self._pace = pace or Pace(None)
        self._remember = remember and publisher is not None
        self._stopped = stopped
        self._passed = passed
        self._open: deque[_Open] = deque()
        self._open_bytes = 0
        self._positions: dict[int, int] = {}
        self._commit_due = time.monotonic() + COMMIT_INTERVAL_S

    def run(self, spans: Iterable[Span]) -> Tally:
        """To the end of the spans, the limit, a stop, or a failure, which is in the tally.

        What was sent is waited for in any case, and committed as far as it was acknowledged.
        """
        spans = tuple(spans)
        steps: tuple[Callable[[], None], ...] = (
            lambda: self._try_the_group(spans),
            lambda: self._read(spans),
            lambda: self._settle(all_of_them=True),
            self._commit,
        )
        for step in steps:
            try:
                step()
            except Systemic as failure:
                self._note(failure)  # and yet the next step is due
        return self.tally

    def _try_the_group(self, spans: Iterable[Span]) -> None:
        """A group that takes no commits must be told before anything is published, not after."""
        if self._remember:
            self._reader.commit({span.partition: span.start for span in spans})

    def _read(self, spans: Iterable[Span]) -> None:
        if self._at_an_end():
            return
        for record in self._reader.read(spans, stopped=self._stopped):
            if not self._take(record):
                return
            self._settle(all_of_them=False)
            if self._at_an_end():
                return
            if time.monotonic() >= self._commit_due:
                self._commit()

    def _at_an_end(self) -> bool:
        limited = self._limit is not None and self.tally.matched >= self._limit
        return limited or self.tally.failure is not None

    def _note(self, failure: Systemic) -> None:
        self.tally.failure = self.tally.failure or failure

    def _take(self, record: Record) -> bool:
        """Whether to go on. A record that is not begun is not passed, either."""
        passed = _Open(record.partition, record.next_offset)
        letter = None if record.damage is not None else read_letter(record)
        if record.damage is not None:
            self.tally.damaged += 1
            self._damaged(record)
        elif letter is None:
            self.tally.foreign += 1
        elif self._wanted.fits(letter) and not self._begin(letter, passed):
            return False
        self.tally.read += 1
        self._open.append(passed)
        self._open_bytes += passed.nbytes
        return True

    def _begin(self, letter: Letter, passed: _Open) -> bool:
        """False if a stop came first."""
        plan = self._planner.plan(letter)
        if isinstance(plan, Copy):
            if not self._pace.wait(self._stopped):
                return False
            plan = self._send(plan, passed)
        self.tally.matched += 1
        passed.letter = letter
        if isinstance(plan, Refused):
            self._refuse(letter, plan)
        return True

    def _send(self, copy: Copy, passed: _Open) -> Copy | Refused:
        try:
            passed.sent = self._publisher.send(copy) if self._publisher else None
        except TopicMissing:
            return Refused(
                Refusal.NO_TOPIC, f"there is no topic {copy.topic!r}, or we may not see it"
            )
        except CopyTooLarge:
            return _too_large(copy)
        passed.copy = copy
        return copy

    def _settle(self, *, all_of_them: bool) -> None:
        """Pass what is acknowledged, in order; wait where too much is open."""
        while self._open:
            first = self._open[0]
            crowded = len(self._open) > MAX_IN_FLIGHT or self._open_bytes > MAX_IN_FLIGHT_BYTES
            waits = first.sent is not None and not first.sent.settled
            if waits and not (all_of_them or crowded):
                return
            self._open.popleft()
            self._open_bytes -= first.nbytes
            self._finish(first)

    def _finish(self, passed: _Open) -> None:
        if passed.letter is not None and passed.copy is not None:
            self._await(passed.letter, passed.copy, passed.sent)
        # Past a failure nothing is passed: the group comes back to it.
        if self.tally.failed == 0:
            self._positions[passed.partition] = passed.next_offset
        self._passed()

    def _await(self, letter: Letter, copy: Copy, sent: Sent | None) -> None:
        try:
            self._wait_for(copy, sent)
        except CopyTooLarge:
            self._refuse(letter, _too_large(copy))
        except Systemic as failure:
            self.tally.failed += 1
            self._note(failure)
        else:
            self.tally.replayed += 1
            self._tell(letter, copy)

    def _wait_for(self, copy: Copy, sent: Sent | None) -> None:
        if self._publisher is None or sent is None:
            return
        try:
            sent.wait()
        except CopyTooLarge:
            self._publisher.send_alone(copy, sent)

    def _refuse(self, letter: Letter, refused: Refused) -> None:
        self.tally.refused[refused.refusal] += 1
        self._tell(letter, refused)

    def _commit(self) -> None:
        self._commit_due = time.monotonic() + COMMIT_INTERVAL_S
        if self._remember and self._positions:
            self._reader.commit(self._positions)
            self._positions = {}


def _too_large(copy: Copy) -> Refused:
    return Refused(
        Refusal.TOO_LARGE,
        f"{copy.topic!r} does not take a message of {copy.nbytes} bytes and its headers",
    )
