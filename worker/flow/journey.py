"""What is known of one event while it is under way: its stages, its failures, its times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from worker.domain.clock import Clock
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Failure, Transient
from worker.domain.record import Record
from worker.domain.upload import UploadEvent


class Journey:
    """The log book of one record."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self.record = record
        self.upload: UploadEvent | None = None
        self.ingested_at = clock.now()
        self._clock = clock
        self._begun = clock.monotonic()
        self._stages: dict[str, float] = {}
        self._failures = 0
        self._first_failure_at: datetime | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage. A stage entered again, by a retry, adds up."""
        begun = self._clock.monotonic()
        try:
            yield
        finally:
            spent = self._clock.monotonic() - begun
            self._stages[name] = self._stages.get(name, 0.0) + spent

    def failed(self, _failure: Failure) -> None:
        """Note a failed try."""
        self._failures += 1
        if self._first_failure_at is None:
            self._first_failure_at = self._clock.now()

    @property
    def recorded_at(self) -> datetime | None:
        """The record's own timestamp; None also for one that is no date, such as microseconds."""
        if self.record.timestamp_ms is None:
            return None
        try:
            return datetime.fromtimestamp(self.record.timestamp_ms / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def timings_ms(self) -> dict[str, float]:
        """Milliseconds of each stage so far, and in total since the record came in."""
        timings = {name: round(seconds * 1000, 3) for name, seconds in self._stages.items()}
        timings["total"] = round((self._clock.monotonic() - self._begun) * 1000, 3)
        return timings

    def dead_letter(self, failure: Failure, *, payload_dropped: bool = False) -> DeadLetter:
        """The event's end without a verdict."""
        now = self._clock.now()
        return DeadLetter(
            record=self.record,
            reason=failure.reason,
            detail=failure.detail,
            error_class=type(failure).__name__,
            # A transient one was noted at each try, but not for those that shared another's tries.
            attempts=max(1, self._failures + (0 if isinstance(failure, Transient) else 1)),
            first_failure_at=self._first_failure_at or now,
            last_failure_at=now,
            event_id=self.upload.event_id if self.upload else None,
            tenant=self.upload.tenant if self.upload else None,
            payload_dropped=payload_dropped,
        )
