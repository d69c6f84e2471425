"""Long videos and cascades on the real decoder and a real vLLM."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.answering.test_answerer import Witness, long_video
from tests.support.media import image_file
from worker.answering.answerer import Answerer, Question
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.detector.vllm.detector import VllmDetector
from worker.domain.answer import ExplanationMode, ScoreKind, Trigger
from worker.domain.clock import SystemClock
from worker.domain.media import Content
from worker.domain.procedure import Cascade, Procedure
from worker.domain.windows import Cut, Windows
from worker.flow.retry import Retry

pytestmark = [pytest.mark.vllm, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pool() -> AsyncIterator[DecodePool]:
    pool = DecodePool(DecodeConfig(processes=1, text=False))
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


def answerer(pool: DecodePool, detector: VllmDetector, procedure: Procedure) -> Answerer:
    return Answerer(pool, detector, procedure=procedure, retry=Retry(), clock=SystemClock())


def question(data: bytes) -> Question:
    return Question(Content.of(data), 0, Witness())


@pytest.mark.parametrize(
    ("windows", "flagged"),
    [
        (Windows(), (420.0, 426.0)),
        (Windows(cut=Cut.SCENES, max_count=200), (422.0, 424.0)),
    ],
    ids=["by time", "by scenes"],
)
async def test_two_seconds_in_ten_minutes_are_found_and_where(
    pool: DecodePool,
    vllm_detector: VllmDetector,
    windows: Windows,
    flagged: tuple[float, float],
) -> None:
    asked = answerer(pool, vllm_detector, Procedure(windows=windows))
    answer = await asked.answer(question(long_video(600, insert_at=422)))
    assert answer.score.value is not None
    assert answer.score.value > 0.9
    found = [one for one in answer.timeline if (one.score.value or 0) > 0.5]
    assert [(one.start_s, one.end_s) for one in found] == [flagged]
    assert "blue" in answer.explanation


async def test_without_windows_they_are_missed(
    pool: DecodePool, vllm_detector: VllmDetector
) -> None:
    asked = answerer(pool, vllm_detector, Procedure(windows=Windows(max_count=1)))
    answer = await asked.answer(question(long_video(600, insert_at=422)))
    assert answer.score.value is not None
    assert answer.score.value < 0.1


async def test_a_cascade_saves_the_thinking_where_it_is_sure(
    pool: DecodePool, vllm_detector: VllmDetector
) -> None:
    cascade = Cascade(enabled=True, think_from=0.05, think_to=0.95, sample=0.0)
    asked = answerer(pool, vllm_detector, Procedure(cascade=cascade))
    sure = await asked.answer(question(image_file(-0.9)))
    assert sure.score.kind is ScoreKind.VERDICT_FIRST
    assert sure.explanation_mode is ExplanationMode.NONE
    assert sure.completion_tokens == 1


async def test_a_cascade_that_explains_says_that_the_reasons_came_after(
    pool: DecodePool, vllm_detector: VllmDetector
) -> None:
    cascade = Cascade(enabled=True, sample=0.0, explain_flagged=True)
    asked = answerer(pool, vllm_detector, Procedure(cascade=cascade))
    answer = await asked.answer(question(image_file(-0.9)))
    assert answer.explanation_mode is ExplanationMode.POST_HOC
    assert answer.two_passes is not None
    assert answer.two_passes.trigger is Trigger.FLAGGED
    assert answer.two_passes.agree
    assert "blue" in answer.explanation


async def test_a_band_of_everything_is_thinking_first(
    pool: DecodePool, vllm_detector: VllmDetector
) -> None:
    data = image_file(-0.9)
    cascade = Cascade(enabled=True, think_from=0.0, think_to=1.0)
    both = await answerer(pool, vllm_detector, Procedure(cascade=cascade)).answer(question(data))
    plain = await answerer(pool, vllm_detector, Procedure()).answer(question(data))
    assert both.explanation == plain.explanation
    assert both.explanation_mode is ExplanationMode.PRE
    assert both.score.value == pytest.approx(plain.score.value, abs=0.01)
