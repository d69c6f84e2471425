"""Metrics of the cache, and of work that is shared."""

from __future__ import annotations

from worker.cache.lookup import Lookup, WaitOutcome
from worker.telemetry.metric import Kind, Label, Metric

LOOKUPS = Metric(
    "ivy.cache.lookups",
    Kind.COUNTER,
    "{lookup}",
    "Contents looked up; one for each event that gets as far. `joined` waited for another event's"
    " answer, `error` found no cache and had the model asked.",
    (Label.of("result", Lookup),),
)
LEASE_WAITS = Metric(
    "ivy.cache.lease_waits",
    Kind.COUNTER,
    "{wait}",
    "Waits for another worker's lease.",
    (Label.of("outcome", WaitOutcome),),
)
CACHE_ERRORS = Metric(
    "ivy.cache.errors",
    Kind.COUNTER,
    "{error}",
    "Cache calls that failed; verdicts went on uncached.",
)
CACHE_UP = Metric(
    "ivy.cache.up", Kind.GAUGE, "1", "1 while the cache answers, 0 while it is left alone."
)
