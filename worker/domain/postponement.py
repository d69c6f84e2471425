"""An event that failed for now, and is tried again later from a retry topic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from worker.domain.failure import Reason
from worker.domain.lineage import Lineage
from worker.domain.record import Record


@dataclass(frozen=True, slots=True)
class Postponement:
    """The record as it came, and when it is due again."""

    record: Record
    reason: Reason
    detail: str
    tier: int
    """The retry topic that it goes to, counted from 0."""
    not_before: datetime
    lineage: Lineage
    """Its past, this delivery included."""
    event_id: str | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Diversion:
    """An event that gives way to other tenants': it goes to the backfill topic as it came."""

    record: Record
    tenant: str
