"""The headers of a retry record -> an event's past."""

from __future__ import annotations

from tests.fuzz.invariants import quickly
from tests.fuzz.shapes import headers_of, record_of
from worker.domain.clock import SystemClock
from worker.domain.failure import Reason, Transient
from worker.domain.lineage import Lineage, not_before
from worker.domain.record import Record
from worker.events.codec import EventCodec
from worker.flow.journey import Journey
from worker.flow.retry_plan import RetryPlan

MAX_LEN = 2048
CODEC = EventCodec()
PLAN = RetryPlan((10.0, 60.0))


def check(data: bytes) -> None:
    """A past that can be told again, word for word, and never more tries than the plan has.

    An uploader's own record of the same headers has no past at all.
    """
    record = record_of(data, is_retry=True)
    if not record.headers:
        record = Record("retry", 0, 0, b"x", headers=headers_of(data), is_retry=True)
    with quickly():
        past = Lineage.of(record)
        told = Record("retry", 0, 0, None, headers=past.headers(), is_retry=True)
        assert Lineage.of(told) == past
        not_before(record)
        journey = Journey(record, SystemClock())
        assert journey.recorded_at is None or journey.recorded_at.tzinfo
        failure = Transient(Reason.FETCH_FAILED, "no")
        tier = PLAN.next_tier(journey.tier, failure)
        if tier is not None:
            assert journey.tier <= tier < len(PLAN.delays_s)
            CODEC.message(journey.postponed(failure, tier, 10.0), record)
        CODEC.message(journey.dead_letter(failure), record)
    uploaders = Record("uploads", 1, 2, None, headers=record.headers)
    assert Lineage.of(uploaders) == Lineage("uploads", 1, 2, None)
