from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from tests.support.factories import make_record, make_verdict
from tests.telemetry.recorded import Recorded
from worker.cache.lookup import Lookup, WaitOutcome
from worker.decode.loss import Loss
from worker.detector.engine_end import EngineEnd
from worker.domain.answer import Score, ScoreKind, Trigger, TwoPasses
from worker.domain.clock import SystemClock
from worker.domain.failure import Poison, Reason, Transient
from worker.domain.generation import FinishReason, Generation
from worker.domain.postponement import Diversion
from worker.domain.verdict import CacheUse
from worker.flow.journey import Journey
from worker.telemetry.last_outcomes import KEPT, LastOutcomes
from worker.telemetry.metric import Kind
from worker.telemetry.metric_table import TABLE
from worker.telemetry.table import cache, engine, messaging, process, verdicts
from worker.telemetry.table.process import BreakerName

PASSES = TwoPasses(
    verdict_first=Score(value=0.6, kind=ScoreKind.VERDICT_FIRST),
    think_first=Score(value=0.2, kind=ScoreKind.LABEL_LOGPROBS),
    trigger=Trigger.BAND,
    agree=False,
)


def test_a_verdict_is_counted_by_its_label_and_its_stages_timed() -> None:
    recorded, journey = Recorded(), Journey(make_record(timestamp_ms=1), SystemClock())
    with journey.stage("fetch"):
        pass
    recorded.metrics.outcome(make_verdict(), journey)
    (point,) = recorded.points("ivy.verdicts")
    assert point.value == 1
    assert set(point.attributes) == set(verdicts.VERDICTS.attributes)
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
    metrics.looked_up(Lookup.HIT)
    metrics.waited_for_lease(WaitOutcome.ANSWERED)
    metrics.decode_process_lost(Loss.DIED)
    metrics.engine_ended(EngineEnd.DIED)
    away = Transient(Reason.FETCH_FAILED, "no")
    metrics.outcome(journey.postponed(away, tier=0, delay_s=10), journey)
    metrics.outcome(Diversion(make_record(), "t"), journey)
    metrics.stream.polled("uploads", 3)
    metrics.stream.poll_ended(0.1)
    metrics.stream.sent("verdicts", 0.1, "KafkaTimeoutError")
    metrics.stream.committed(0.1)
    metrics.stream.rebalanced()
    metrics.breaker(BreakerName.CACHE, lambda: True)
    for metric in TABLE:
        if metric.kind is Kind.GAUGE and metric is not process.BREAKER:
            attributes = dict.fromkeys(metric.attributes, "x")
            metrics.observe_all(metric, partial(list, [(attributes, 1.0)]))
    metrics.observe(engine.PREEMPTIONS, lambda: 4.0)
    seen = dict(recorded.all())
    assert {metric.name for metric in TABLE} == seen.keys()
    for metric in TABLE:
        found = set(seen[metric.name].attributes)
        assert found <= set(metric.attributes), metric.name
        assert set(metric.attributes) - found <= {
            messaging.ERROR.name,
            messaging.DESTINATION.name,
        }


def test_ends_of_the_engine_are_counted_on_by_the_next_process(tmp_path: Path) -> None:
    file = tmp_path / "ends.json"
    for lives in range(1, 4):
        recorded = Recorded()
        recorded.metrics.show_zeros()
        recorded.metrics.keep_engine_ends(file)
        before = {(end.value,): 0 for end in EngineEnd} | {("died",): lives - 1}
        assert recorded.values(engine.ENDED) == before
        recorded.metrics.engine_ended(EngineEnd.DIED)
        assert recorded.values(engine.ENDED) == before | {("died",): lives}


@pytest.mark.parametrize("held", ["", "[]", '{"died": []}', '{"died": "many"}', "\x00"])
def test_a_file_of_ends_that_cannot_be_read_is_begun_anew(tmp_path: Path, held: str) -> None:
    file = tmp_path / "ends.json"
    file.write_text(held, encoding="utf-8")
    recorded = Recorded()
    recorded.metrics.keep_engine_ends(file)
    recorded.metrics.engine_ended(EngineEnd.SELF_TEST)
    assert recorded.values(engine.ENDED)[("self_test",)] == 1
    assert json.loads(file.read_text(encoding="utf-8")) == {"self_test": 1}


def test_a_file_of_ends_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    recorded = Recorded()
    recorded.metrics.keep_engine_ends(tmp_path / "no such folder" / "ends.json")
    recorded.metrics.engine_ended(EngineEnd.DIED)
    assert recorded.values(engine.ENDED)[("died",)] == 1


def test_a_gauge_that_knows_nothing_is_absent() -> None:
    recorded = Recorded()
    recorded.metrics.observe(engine.KV_CACHE_USAGE, lambda: None)
    assert recorded.points(engine.KV_CACHE_USAGE.name) == []


def test_the_breakers_share_one_gauge() -> None:
    recorded = Recorded()
    recorded.metrics.breaker(BreakerName.CACHE, lambda: True)
    recorded.metrics.breaker(BreakerName.ACTION, lambda: False)
    assert recorded.values(process.BREAKER) == {("cache",): 1.0, ("action",): 0.0}
    assert recorded.metrics.open_breakers() == {"cache": True, "action": False}


def test_a_flight_that_others_join_is_counted_once_for_each() -> None:
    recorded = Recorded()
    for result in (Lookup.MISS, Lookup.JOINED, Lookup.JOINED):
        recorded.metrics.looked_up(result)
    assert recorded.values(cache.LOOKUPS) == {("miss",): 1, ("joined",): 2}


def test_the_last_outcomes_are_kept_and_no_more_of_them() -> None:
    last = LastOutcomes()
    for _ in range(KEPT):
        last.note("authentic")
    for _ in range(3):
        last.note("dead letter: not_json")
    assert last.counts() == {"authentic": KEPT - 3, "dead letter: not_json": 3}
