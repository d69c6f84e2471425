"""A model that answers wrongly ends the worker, and is counted as such."""

from __future__ import annotations

import pytest

from tests.telemetry.recorded import Recorded
from tests.twins.detector import FakeDetector
from worker.app.parts import examine
from worker.detector.engine_end import EngineEnd
from worker.domain.answer import Conclusion
from worker.domain.failure import Reason, Systemic, Transient
from worker.models.spec import load_spec
from worker.telemetry.table import engine

SPEC = load_spec("tiny")


def self_tests_failed(recorded: Recorded) -> float:
    return recorded.values(engine.ENDED).get((EngineEnd.SELF_TEST.value,), 0)


async def test_one_that_answers_rightly_is_not_counted() -> None:
    recorded = Recorded()
    await examine(FakeDetector(SPEC), SPEC, recorded.metrics)
    assert self_tests_failed(recorded) == 0


async def test_one_that_answers_wrongly_is() -> None:
    other = {Conclusion.REAL: Conclusion.FAKE, Conclusion.FAKE: Conclusion.REAL}
    golden = [
        one.model_copy(update={"conclusion": other[one.conclusion]})
        for one in SPEC.golden
        if one.conclusion is not None
    ]
    assert golden
    recorded, spec = Recorded(), SPEC.model_copy(update={"golden": golden})
    with pytest.raises(Systemic, match="self-test"):
        await examine(FakeDetector(spec), spec, recorded.metrics)
    assert self_tests_failed(recorded) == 1


async def test_one_that_does_not_answer_in_time_is_too() -> None:
    recorded, detector = Recorded(), FakeDetector(SPEC)
    detector.fail_next = [Transient(Reason.ENGINE_FAILED, "no answer within 300 s")]
    with pytest.raises(Systemic, match="does not answer"):
        await examine(detector, SPEC, recorded.metrics)
    assert self_tests_failed(recorded) == 1


async def test_one_that_died_meanwhile_tells_so_itself() -> None:
    recorded, detector = Recorded(), FakeDetector(SPEC)
    detector.kill()
    with pytest.raises(Systemic):
        await examine(detector, SPEC, recorded.metrics)
    assert self_tests_failed(recorded) == 0
