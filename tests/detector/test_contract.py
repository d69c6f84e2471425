"""What every detector must do, asked of the fake one and of the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.media import image_file, video_file
from tests.twins.decoder import InProcessDecoder
from tests.twins.detector import FakeDetector
from worker.detector.protocol import Detector
from worker.detector.reference.detector import ReferenceDetector
from worker.detector.self_test import self_test
from worker.domain.answer import Conclusion
from worker.domain.generation import AnswerForm, FinishReason, Generation
from worker.domain.media import Content
from worker.models.spec import load_spec
from worker.parsing.reply import parse
from worker.parsing.score import score

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEC = load_spec("tiny")
DECODER = InProcessDecoder()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reference() -> AsyncIterator[ReferenceDetector]:
    detector = ReferenceDetector(SPEC)
    await detector.start()
    yield detector
    await detector.close()


SERVED = [
    pytest.param("vllm_detector", id="vllm", marks=pytest.mark.vllm),
    pytest.param(
        "openai_detector", id="openai", marks=[pytest.mark.vllm, pytest.mark.timeout(600)]
    ),
]


@pytest.fixture(params=["fake", "reference", *SERVED])
def detector(request: pytest.FixtureRequest) -> Any:
    return FakeDetector(SPEC) if request.param == "fake" else request.getfixturevalue(request.param)


@pytest.fixture(params=SERVED)
def served(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


async def ask(
    detector: Detector,
    data: bytes,
    priority: int = 0,
    form: AnswerForm = AnswerForm.THINK_FIRST,
) -> Generation:
    with await DECODER.decode(Content.of(data), detector.recipe) as media:
        return await detector.generate(media, form=form, priority=priority)


@pytest.mark.parametrize(
    ("tint", "expected"), [(0.9, Conclusion.REAL), (-0.9, Conclusion.FAKE)], ids=["red", "blue"]
)
@pytest.mark.parametrize("kind", ["image", "video"])
async def test_it_concludes_and_gives_its_reason_and_probabilities(
    detector: Detector, tint: float, expected: Conclusion, kind: str
) -> None:
    data = image_file(tint, "JPEG") if kind == "image" else video_file(tint)
    generation = await ask(detector, data)
    reply = parse(generation.text)
    assert reply.conclusion is expected
    assert "mostly" in reply.reasoning
    assert generation.finish_reason is FinishReason.STOP
    read = score(generation.label_logprobs)
    assert read.value is not None
    assert read.mass is not None
    assert (read.value > 0.5) == (expected is Conclusion.FAKE)
    assert read.mass > 0.9
    assert generation.prompt_tokens > 0
    assert generation.completion_tokens > 0


@pytest.mark.parametrize(
    ("tint", "expected"), [(0.9, Conclusion.REAL), (-0.9, Conclusion.FAKE)], ids=["red", "blue"]
)
@pytest.mark.parametrize("kind", ["image", "video"])
async def test_it_gives_its_verdict_first_where_it_is_asked_to(
    detector: Detector, tint: float, expected: Conclusion, kind: str
) -> None:
    data = image_file(tint, "JPEG") if kind == "image" else video_file(tint)
    generation = await ask(detector, data, form=AnswerForm.VERDICT_FIRST)
    reply = parse(generation.text)
    assert reply.conclusion is expected
    assert reply.reasoning == ""
    assert generation.form is AnswerForm.VERDICT_FIRST
    assert generation.completion_tokens == 1
    read = score(generation.label_logprobs)
    assert read.value is not None
    assert (read.value > 0.5) == (expected is Conclusion.FAKE)


async def test_many_at_once_are_not_mixed_up(detector: Detector) -> None:
    tints = [0.9 if number % 3 else -0.9 for number in range(48)]
    generations = await asyncio.gather(
        *(
            ask(detector, image_file(tint, width=60 + 10 * number, seed=number), number % 2)
            for number, tint in enumerate(tints)
        )
    )
    concluded = [parse(generation.text).conclusion for generation in generations]
    assert concluded == [Conclusion.REAL if tint > 0 else Conclusion.FAKE for tint in tints]


@pytest.mark.parametrize("form", list(AnswerForm))
@pytest.mark.parametrize("tint", [-0.9, -0.3, -0.1, 0.1, 0.3, 0.9])
@pytest.mark.parametrize("kind", ["image", "video"])
async def test_vllm_says_what_the_reference_says(
    reference: ReferenceDetector,
    served: Detector,
    tint: float,
    kind: str,
    form: AnswerForm,
) -> None:
    data = image_file(tint, "JPEG", 300, 200) if kind == "image" else video_file(tint)
    one = await ask(reference, data, form=form)
    other = await ask(served, data, form=form)
    assert one.text == other.text
    assert one.prompt_tokens == other.prompt_tokens
    first, second = score(one.label_logprobs).value, score(other.label_logprobs).value
    assert first is not None
    assert second == pytest.approx(first, abs=0.01)


async def test_it_passes_its_self_test(detector: Detector) -> None:
    await self_test(detector, SPEC)


async def test_its_identity_tells_all_that_changes_an_answer(detector: Detector) -> None:
    identity = detector.identity
    assert identity.id == SPEC.id
    # How it is asked is the answerer's to add.
    assert all(identity.model_dump(exclude={"procedure_version"}).values())


async def test_a_question_that_is_given_up_leaves_the_others_alone(detector: Detector) -> None:
    given_up = [asyncio.create_task(ask(detector, image_file(0.9, seed=n))) for n in range(8)]
    kept = [asyncio.create_task(ask(detector, image_file(-0.9, seed=n))) for n in range(8)]
    await asyncio.sleep(0.02)
    for task in given_up:
        task.cancel()
    for generation in await asyncio.gather(*kept):
        assert parse(generation.text).conclusion is Conclusion.FAKE
    await asyncio.gather(*given_up, return_exceptions=True)
