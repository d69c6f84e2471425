"""Another server's Retry-After -> seconds."""

from __future__ import annotations

import math

import httpx

from tests.fuzz.invariants import quickly
from worker.domain.failure import Reason, Transient
from worker.flow.retry import MAX_RETRY_AFTER_S, Retry
from worker.flow.retry_after import seconds_stated
from worker.flow.retry_plan import RetryPlan

MAX_LEN = 1024


def check(data: bytes) -> None:
    """A finite number of seconds or none, and a wait in process that is bounded."""
    response = httpx.Response(503, headers=[(b"retry-after", data)])
    with quickly():
        seconds = seconds_stated(response.headers.get("retry-after", ""))
    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)
    failure = Transient(Reason.FETCH_FAILED, "no", retry_after=seconds)
    assert 0 <= Retry().pause(1, failure) <= MAX_RETRY_AFTER_S
    assert RetryPlan((10.0, 60.0)).next_tier(0, failure) in {0, 1}
