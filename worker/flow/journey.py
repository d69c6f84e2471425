"""What is known of one event while it is under way: its stages, its failures, its times."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType

from worker.domain.clock import Clock
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Failure, Transient
from worker.domain.lineage import Lineage
from worker.domain.postponement import Postponement
from worker.domain.record import Record
from worker.domain.upload import UploadEvent
from worker.flow.no_trace import NO_TRACE
from worker.flow.protocol import Trace


class Stage:
    """Times what is done inside. Eight of them in each event: a class, for a generator's costs."""

    __slots__ = ("_begun", "_clock", "_name", "_spent", "_trace")

    def __init__(
        self,
        name: str,
        spent: dict[str, float],
        clock: Clock,
        trace: AbstractContextManager[object],
    ) -> None:
        self._name = name
        self._spent = spent
        self._clock = clock
        self._trace = trace
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = self._clock.monotonic()
        self._trace.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._trace.__exit__(kind, error, traceback)
        finally:
            spent = self._clock.monotonic() - self._begun
            self._spent[self._name] = self._spent.get(self._name, 0.0) + spent


class Journey:
    """The log book of one record."""

    def __init__(self, record: Record, clock: Clock, trace: Trace = NO_TRACE) -> None:
        self.record = record
        self.trace = trace
        self.upload: UploadEvent | None = None
        self.ingested_at = clock.now()
        self._clock = clock
        self._begun = clock.monotonic()
        self._stages: dict[str, float] = {}
        self._lineage = Lineage.of(record)
        self._failures = 0
        self._first_failure_at: datetime | None = self._lineage.first_failure_at

    def stage(self, name: str) -> Stage:
        """Time a stage. A stage entered again, by a retry, adds up."""
        return Stage(name, self._stages, self._clock, self.trace.stage(name))

    def failed(self, failure: Failure) -> None:
        """Note a failed try."""
        self.trace.failed(failure)
        self._failures += 1
        if self._first_failure_at is None:
            self._first_failure_at = self._clock.now()

    @property
    def recorded_at(self) -> datetime | None:
        """The first record's timestamp; None also for one that is no date, such as microseconds."""
        if self._lineage.timestamp_ms is None:
            return None
        try:
            return datetime.fromtimestamp(self._lineage.timestamp_ms / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def timings_ms(self) -> dict[str, float]:
        """Milliseconds of each stage so far, and in total since the record came in."""
        timings = {name: round(seconds * 1000, 3) for name, seconds in self._stages.items()}
        timings["total"] = round((self._clock.monotonic() - self._begun) * 1000, 3)
        return timings

    def _attempts(self, failure: Failure) -> int:
        """Tries in all, this one included.

        A transient one was noted at each try, but not for those that shared another's tries.
        """
        here = max(1, self._failures + (0 if isinstance(failure, Transient) else 1))
        return self._lineage.attempts + here

    @property
    def tier(self) -> int:
        """Retry topics that the event has been through."""
        return self._lineage.tier

    def dead_letter(self, failure: Failure, *, payload_dropped: bool = False) -> DeadLetter:
        """The event's end without a verdict."""
        now = self._clock.now()
        return DeadLetter(
            record=self.record,
            reason=failure.reason,
            detail=failure.detail,
            error_class=type(failure).__name__,
            lineage=self._lineage,
            attempts=self._attempts(failure),
            first_failure_at=self._first_failure_at or now,
            last_failure_at=now,
            event_id=self.upload.event_id if self.upload else None,
            tenant=self.upload.tenant if self.upload else None,
            payload_dropped=payload_dropped,
        )

    def postponed(self, failure: Transient, tier: int, delay_s: float) -> Postponement:
        """The event's wait in a retry topic."""
        now = self._clock.now()
        lineage = replace(
            self._lineage,
            tier=tier + 1,
            attempts=self._attempts(failure),
            first_failure_at=self._first_failure_at or now,
        )
        return Postponement(
            record=self.record,
            reason=failure.reason,
            detail=failure.detail,
            tier=tier,
            not_before=now + timedelta(seconds=delay_s),
            lineage=lineage,
            event_id=self.upload.event_id if self.upload else None,
            tenant=self.upload.tenant if self.upload else None,
        )
