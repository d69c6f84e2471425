"""No label of a metric is a stranger's: their number must not grow with the uploads."""

from __future__ import annotations

import re

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from tests.escaping.hostile_outcomes import letter_of, verdict_of
from tests.support.factories import make_record
from tests.support.hostile_text import HOSTILE
from worker.domain.clock import SystemClock
from worker.domain.failure import Reason, Transient
from worker.domain.postponement import Diversion
from worker.domain.record import Record
from worker.flow.journey import Journey
from worker.telemetry.metric_table import TABLE
from worker.telemetry.metrics import Metrics

STRANGERS = frozenset(
    ("tenant", "surface", "host", "url", "id", "event_id", "content_id", "offset", "key", "user")
)
"""Words for what uploads bring along, of which there is no end."""

LONGEST = 2000
"""Characters: what is longer makes the same labels, and the log of the tests slow."""


def test_no_metric_has_an_open_label() -> None:
    for metric in TABLE:
        for label in metric.labels:
            # Listed in the code, or bounded by the settings and the machine: Label sees to it.
            assert label.values or label.bound, metric.name
            assert not STRANGERS & set(re.split(r"[._]", label.name)), metric.name


def test_hostile_events_make_no_series_of_their_own() -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    metrics = Metrics(provider.get_meter("test"))
    counts = []
    for text in HOSTILE.values():
        _record_all(metrics, text[:LONGEST])
        counts.append(_series(reader, text[:LONGEST]))
    assert counts[0] > 5
    assert counts == counts[:1] * len(counts)
    provider.shutdown()


def _record_all(metrics: Metrics, text: str) -> None:
    record: Record = make_record(b"x", headers=((text, text.encode(errors="replace")),))
    journey = Journey(record, SystemClock())
    failure = Transient(Reason.FETCH_FAILED, text)
    metrics.outcome(verdict_of(text), journey)
    metrics.outcome(letter_of(text), journey)
    metrics.outcome(journey.postponed(failure, 0, 10.0), journey)
    metrics.outcome(Diversion(record, text), journey)
    metrics.retry(failure)
    metrics.unexpected(ValueError(text), record)


def _series(reader: InMemoryMetricReader, text: str) -> int:
    data = reader.get_metrics_data()
    assert data is not None
    points = [
        point
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    ]
    for point in points:
        assert text not in {str(value) for value in (point.attributes or {}).values()}
    return len(points)
