"""When to stop rather than to go on making dead letters."""

from __future__ import annotations

from collections import deque

from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Reason, Systemic
from worker.domain.lane import Lane
from worker.domain.lineage import REPLAY_PREFIX
from worker.domain.outcome import Outcome
from worker.domain.postponement import Diversion, Postponement
from worker.domain.record import Record
from worker.flow.config import DeadLetterLimitConfig


class DeadLetterLimit:
    """Is told every outcome, and says when it is no longer the events that are at fault.

    The rule is that of the dead letter limits of getsentry/arroyo: a share of the outcomes, and a
    number in a row. Reasons that an uploader can bring about count as neither good nor bad: they
    end no row, for a fault of ours would else hide behind a few broken files.
    """

    def __init__(self, config: DeadLetterLimitConfig) -> None:
        self._config = config
        self._ignored = frozenset(config.ignored)
        self._last: deque[bool] = deque()
        self._bad = 0
        self._in_a_row = 0

    @property
    def ratio(self) -> float:
        """Share of dead letters among the last outcomes that count; 0 before any."""
        return self._bad / len(self._last) if self._last else 0.0

    def count(self, outcome: Outcome, record: Record) -> None:
        """What became of a record. Raises as ``note`` does.

        One of a backfill or a replay counts as neither: it may be full of what nobody can mend.
        """
        if isinstance(outcome, Postponement | Diversion) or not _is_fresh(record):
            return
        self.note(outcome.reason if isinstance(outcome, DeadLetter) else None)

    def note(self, dead_letter: Reason | None) -> None:
        """An event has its outcome: a dead letter for this reason, or None for a verdict.

        Raises ``Systemic`` (``dead_letter_limit``) as long as there are too many.
        """
        if dead_letter in self._ignored:
            return
        self._count(bad=dead_letter is not None)
        if dead_letter is None:
            return
        config = self._config
        if config.consecutive and self._in_a_row >= config.consecutive:
            raise Systemic(
                Reason.DEAD_LETTER_LIMIT,
                f"{self._in_a_row} dead letters one after the other, the last for"
                f" {dead_letter.value} (flow.dead_letter_limit.consecutive)",
            )
        if len(self._last) >= config.least and self.ratio > config.ratio:
            raise Systemic(
                Reason.DEAD_LETTER_LIMIT,
                f"{self._bad} of the last {len(self._last)} outcomes are dead letters, this one for"
                f" {dead_letter.value} (flow.dead_letter_limit.ratio)",
            )

    def _count(self, *, bad: bool) -> None:
        self._in_a_row = self._in_a_row + 1 if bad else 0
        self._bad += bad
        self._last.append(bad)
        if len(self._last) > self._config.window:
            self._bad -= self._last.popleft()


def _is_fresh(record: Record) -> bool:
    replayed = any(name.startswith(REPLAY_PREFIX) for name, _ in record.headers)
    return record.lane is Lane.LIVE and not replayed
