"""Which letters are meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from worker.dead_letters.letter import Letter
from worker.domain.failure import Reason


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """All that is set must hold."""

    reasons: frozenset[Reason] = frozenset()
    """Any of these; empty for all."""
    tenant: str | None = None
    event_id: str | None = None
    error_class: str | None = None
    since: datetime | None = None
    """The last failure was then or later."""
    until: datetime | None = None
    """The last failure was before."""
    partition: int | None = None
    """Of the letter, in the dead-letter topic."""
    offset: int | None = None

    def fits(self, letter: Letter) -> bool:
        """Whether the letter is meant. One that does not tell what is asked for is not."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and _is(self.tenant, letter.tenant)
            and _is(self.event_id, letter.event_id)
            and _is(self.error_class, letter.error_class)
            and _is(self.partition, letter.record.partition)
            and _is(self.offset, letter.record.offset)
            and self._in_time(letter.died_at)
        )

    def _in_time(self, moment: datetime | None) -> bool:
        if self.since is None and self.until is None:
            return True
        if moment is None:
            return False
        after = self.since is None or moment >= self.since
        return after and (self.until is None or moment < self.until)


def _is(wanted: object, found: object) -> bool:
    return wanted is None or wanted == found
