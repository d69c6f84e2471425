from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from tests.support.factories import make_record, make_verdict
from worker.domain.answer import Score, ScoreKind, Trigger, TwoPasses
from worker.domain.clock import SystemClock
from worker.domain.failure import Poison, Reason, Transient
from worker.domain.generation import FinishReason, Generation
from worker.domain.verdict import CacheUse
from worker.flow.journey import Journey
from worker.telemetry import metric_table as table
from worker.telemetry.metrics import Metrics

PASSES = TwoPasses(
    verdict_first=Score(value=0.6, kind=ScoreKind.VERDICT_FIRST),
    think_first=Score(value=0.2, kind=ScoreKind.LABEL_LOGPROBS),
    trigger=Trigger.BAND,
    agree=False,
)


class Recorded:
    """Metrics and what they recorded."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self.metrics = Metrics(MeterProvider(metric_readers=[self._reader]).get_meter("test"))

    def points(self, name: str) -> list[Any]:
        data = self._reader.get_metrics_data()
        assert data is not None
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


def test_a_verdict_is_counted_by_its_label_and_its_stages_timed() -> None:
    recorded, journey = Recorded(), Journey(make_record(timestamp_ms=1), SystemClock())
    with journey.stage("fetch"):
        pass
    recorded.metrics.outcome(make_verdict(), journey)
    (point,) = recorded.points("ivy.verdicts")
    assert point.value == 1
    assert set(point.attributes) == set(table.VERDICTS.attributes)
    stages = {point.attributes["stage"] for point in recorded.points("ivy.stage.duration")}
    assert stages == {"fetch", "total"}
    assert recorded.points("ivy.event.age")


def test_a_dead_letter_is_counted_by_its_reason() -> None:
    recorded, journey = Recorded(), Journey(make_record(timestamp_ms=1), SystemClock())
    letter = journey.dead_letter(Poison(Reason.NOT_JSON, "no"))
    recorded.metrics.outcome(letter, journey)
    (point,) = recorded.points("ivy.dead_letters")
    assert dict(point.attributes) == {"reason": "not_json"}
    assert recorded.points("ivy.verdicts") == []


def test_a_cascade_that_thought_is_counted_by_why_and_whether_both_agreed() -> None:
    recorded, journey = Recorded(), Journey(make_record(), SystemClock())
    verdict = make_verdict(two_passes=PASSES)
    recorded.metrics.outcome(verdict, journey)
    cached = verdict.model_copy(update={"cache": CacheUse(cached=True)})
    recorded.metrics.outcome(cached, journey)
    (point,) = recorded.points("ivy.second_passes")
    assert dict(point.attributes) == {"trigger": "band", "agree": False}
    assert point.value == 1
    (mass,) = recorded.points("ivy.label.mass")
    assert mass.count == 1


def test_every_metric_of_the_table_can_be_recorded() -> None:
    recorded, journey = Recorded(), Journey(make_record(timestamp_ms=1), SystemClock())
    metrics = recorded.metrics
    metrics.outcome(make_verdict(two_passes=PASSES), journey)
    metrics.outcome(journey.dead_letter(Poison(Reason.NOT_JSON, "no")), journey)
    metrics.retry(Transient(Reason.FETCH_FAILED, "no"))
    metrics.generation(Generation("", FinishReason.STOP, prompt_tokens=3, completion_tokens=2))
    metrics.unexpected(ValueError("x"), make_record())
    metrics.cache_error()
    for metric in (table.CACHE_UP, table.IN_FLIGHT, table.MEDIA_BYTES, table.READY):
        metrics.observe(metric, lambda: 1.0)
    for metric in table.TABLE:
        assert recorded.points(metric.name), metric.name
        for point in recorded.points(metric.name):
            assert set(point.attributes) == set(metric.attributes)
