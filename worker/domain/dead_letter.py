"""An event that got no verdict, kept whole, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from worker.domain.failure import Reason
from worker.domain.lineage import Lineage
from worker.domain.record import Record

STORY_PREFIX = "ivy-dlq-"
"""Of the headers of a dead letter that tell why the event died."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The record as it came, byte for byte, and what went wrong with it."""

    record: Record
    reason: Reason
    detail: str
    error_class: str
    """The failure's type: ``Poison``, ``Expired``, or ``Transient`` for one whose tries ran out."""
    lineage: Lineage
    """Where it first came from: not the record's own topic, if that is a retry topic."""
    attempts: int
    first_failure_at: datetime
    last_failure_at: datetime
    event_id: str | None = None
    """Known only where the event could be read."""
    tenant: str | None = None
    payload_dropped: bool = False
    """The record's key, value and headers do not go along: together they were too large."""
