"""Answers on twins: a video decoded in this process, and a detector that looks for blue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from tests.support.media import encode, encode_video, image_file, video_file
from tests.twins.decoder import InProcessDecoder
from tests.twins.detector import FakeDetector
from worker.answering.answerer import UNDECODABLE, Answerer, Question
from worker.demo.pictures import Pixels, clip
from worker.domain.answer import ExplanationMode, ScoreKind, Trigger
from worker.domain.clock import SystemClock
from worker.domain.failure import Failure, Poison, Reason, Systemic, Transient
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import Content, PreparedMedia
from worker.domain.procedure import Cascade, Procedure
from worker.domain.provenance import (
    Indication,
    Provenance,
    ProvenanceSignal,
    Says,
    SignalKind,
    Strength,
)
from worker.domain.recipe import DecodeRecipe
from worker.domain.typography import TextRegion, TextSeen
from worker.domain.windows import Cut, Window, Windows
from worker.flow.retry import Retry
from worker.models.spec import load_spec

SPEC = load_spec("tiny")
FPS = 4


class Witness:
    """Remembers."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.failures: list[Failure] = []
        self.generations: list[Generation] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.stages.append(name)
        yield

    def failed(self, failure: Failure) -> None:
        self.failures.append(failure)

    def generated(self, generation: Generation) -> None:
        self.generations.append(generation)


class DamagedDecoder(InProcessDecoder):
    """Some windows cannot be decoded."""

    def __init__(self, damaged_until_s: float) -> None:
        super().__init__()
        self._until = damaged_until_s

    async def decode(
        self,
        content: Content,
        recipe: DecodeRecipe,
        window: Window | None = None,
        *,
        tenant: str | None = None,
    ) -> PreparedMedia:
        if window is not None and window.start_s < self._until:
            raise Poison(Reason.MEDIA_UNDECODABLE, "damaged")
        return await super().decode(content, recipe, window, tenant=tenant)


class ReadingDecoder(InProcessDecoder):
    """Sees text at a place that the test knows."""

    def __init__(self, text: TextSeen, provenance: Provenance | None = None) -> None:
        super().__init__()
        self._text = text
        self._provenance = provenance

    async def decode(
        self,
        content: Content,
        recipe: DecodeRecipe,
        window: Window | None = None,
        *,
        tenant: str | None = None,
    ) -> PreparedMedia:
        media = await super().decode(content, recipe, window, tenant=tenant)
        media.text, media.provenance = self._text, self._provenance
        return media


class Desk:
    """An answerer, and what it was asked with."""

    def __init__(
        self, procedure: Procedure | None = None, decoder: InProcessDecoder | None = None
    ) -> None:
        self.detector = FakeDetector(SPEC)
        self.witness = Witness()
        self.answerer = Answerer(
            decoder or InProcessDecoder(),
            self.detector,
            procedure=procedure or Procedure(),
            retry=Retry(attempts=3, base_s=0.001, cap_s=0.001),
            clock=SystemClock(),
        )

    def question(self, data: bytes) -> Question:
        return Question(Content.of(data), 0, self.witness)


def long_video(seconds: int, insert_at: int | None = None, insert_s: int = 2) -> bytes:
    """Red and moving; blue for ``insert_s`` seconds."""
    rng = np.random.default_rng(3)
    piece: Pixels = clip(rng, 0.7, 64, 48, FPS * 10, "gradient")
    moving = np.concatenate([piece] * (seconds // 10))
    if insert_at is not None:
        count = FPS * insert_s
        at = FPS * insert_at
        moving[at : at + count] = clip(rng, -0.7, 64, 48, FPS * 10, "gradient")[:count]
    return encode_video(moving, fps=FPS, gop=40)


async def test_a_picture_is_one_question_in_one_pass() -> None:
    desk = Desk()
    answer = await desk.answerer.answer(desk.question(image_file(-0.9)))
    assert answer.score.kind is ScoreKind.LABEL_LOGPROBS
    assert answer.explanation_mode is ExplanationMode.PRE
    assert answer.timeline == ()
    assert desk.detector.asked_in == [AnswerForm.THINK_FIRST]
    assert desk.witness.stages == ["decode", "engine"]


async def test_a_short_video_is_judged_as_a_whole() -> None:
    desk = Desk()
    answer = await desk.answerer.answer(desk.question(video_file(0.9)))
    assert answer.timeline == ()
    assert desk.detector.asked == 1


async def test_two_seconds_in_ten_minutes_are_found_and_where() -> None:
    desk = Desk()
    answer = await desk.answerer.answer(desk.question(long_video(600, insert_at=424)))
    assert answer.score.value is not None
    assert answer.score.value > 0.9
    assert len(answer.timeline) == 100
    flagged = [one for one in answer.timeline if (one.score.value or 0) > 0.5]
    assert [(one.start_s, one.end_s) for one in flagged] == [(420.0, 426.0)]
    assert answer.explained_from_s == 420.0
    assert answer.media.duration_s == pytest.approx(600)
    assert answer.media.frames == 2400


async def test_as_a_whole_they_are_missed_which_is_why_there_are_windows() -> None:
    desk = Desk(Procedure(windows=Windows(max_count=1)))
    answer = await desk.answerer.answer(desk.question(long_video(600, insert_at=424)))
    assert (answer.score.value or 0) < 0.1
    assert desk.detector.asked == 1


async def test_cut_at_scenes_the_timeline_tells_the_insert_to_the_half_second() -> None:
    windows = Windows(longer_than_s=10, cut=Cut.SCENES)
    desk = Desk(Procedure(windows=windows))
    answer = await desk.answerer.answer(desk.question(long_video(30, insert_at=14)))
    flagged = [one for one in answer.timeline if (one.score.value or 0) > 0.5]
    assert [(one.start_s, one.end_s) for one in flagged] == [(14.0, 16.0)]


async def test_what_cannot_be_decoded_is_told_and_the_rest_is_seen() -> None:
    windows = Windows(longer_than_s=10)
    desk = Desk(Procedure(windows=windows), DamagedDecoder(damaged_until_s=7))
    answer = await desk.answerer.answer(desk.question(long_video(30)))
    assert [one.problem for one in answer.timeline] == [UNDECODABLE] * 2 + [None] * 3


async def test_a_video_of_which_nothing_can_be_decoded_is_poison() -> None:
    windows = Windows(longer_than_s=10)
    desk = Desk(Procedure(windows=windows), DamagedDecoder(damaged_until_s=99))
    with pytest.raises(Poison):
        await desk.answerer.answer(desk.question(long_video(30)))


async def test_a_cascade_thinks_only_where_it_pays() -> None:
    desk = Desk(Procedure(cascade=Cascade(enabled=True, sample=0.0)))
    sure = await desk.answerer.answer(desk.question(image_file(-0.9)))
    assert sure.score.kind is ScoreKind.VERDICT_FIRST
    assert sure.explanation_mode is ExplanationMode.NONE
    assert sure.explanation == ""
    unsure = await desk.answerer.answer(desk.question(image_file(0.05)))
    assert unsure.score.kind is ScoreKind.LABEL_LOGPROBS
    assert unsure.two_passes is not None
    assert unsure.two_passes.trigger is Trigger.BAND
    first, think = AnswerForm.VERDICT_FIRST, AnswerForm.THINK_FIRST
    assert desk.detector.asked_in == [first, first, think]


def with_banner() -> bytes:
    """Blue, but for a band of red across it that outweighs it."""
    picture = np.full((112, 112, 3), (90, 110, 130), np.uint8)
    picture[40:60] = (255, 60, 0)
    return encode(Image.fromarray(picture), "PNG")


BANNER = TextRegion(left=0, top=40, right=112, bottom=60)


async def test_where_there_is_text_it_is_asked_again_without_it() -> None:
    text = TextSeen(regions=(BANNER,), share=0.18)
    desk = Desk(decoder=ReadingDecoder(text))
    answer = await desk.answerer.answer(desk.question(with_banner()))
    assert desk.detector.asked_in == [AnswerForm.THINK_FIRST] * 2
    assert answer.score.value is not None
    assert answer.score.value < 0.1  # red, by the banner
    assert answer.text is not None
    assert answer.text.masked is not None
    assert answer.text.masked.value is not None
    assert answer.text.masked.value > 0.9
    assert answer.completion_tokens == 2


async def test_in_the_form_that_its_score_came_from() -> None:
    text = TextSeen(regions=(BANNER,), share=0.18)
    cascade = Cascade(enabled=True, think_from=0.3, sample=0.0)
    desk = Desk(Procedure(cascade=cascade), ReadingDecoder(text))
    await desk.answerer.answer(desk.question(with_banner()))
    assert desk.detector.asked_in == [AnswerForm.VERDICT_FIRST] * 2


async def test_a_time_stamp_is_not_worth_a_second_question() -> None:
    text = TextSeen(regions=(BANNER,), share=0.001)
    desk = Desk(decoder=ReadingDecoder(text))
    answer = await desk.answerer.answer(desk.question(image_file(0.9)))
    assert desk.detector.asked == 1
    assert answer.text is not None
    assert answer.text.masked is None


async def test_what_the_file_says_of_its_origin_goes_along() -> None:
    signal = ProvenanceSignal(
        kind=SignalKind.GENERATION_PARAMETERS,
        says=Says.AI_GENERATED,
        strength=Strength.UNSIGNED,
        detail="carries parameters",
    )
    desk = Desk(decoder=ReadingDecoder(TextSeen(), Provenance(signals=(signal,))))
    answer = await desk.answerer.answer(desk.question(image_file(0.9)))
    assert answer.provenance.indication is Indication.AI_GENERATED
    assert answer.text is None
    assert desk.detector.asked == 1


async def test_each_part_is_tried_again_by_itself() -> None:
    desk = Desk(Procedure(windows=Windows(longer_than_s=10)))
    desk.detector.fail_next = [Transient(Reason.ENGINE_FAILED, "once")] * 2
    answer = await desk.answerer.answer(desk.question(long_video(30)))
    assert len(answer.timeline) == 5
    assert len(desk.witness.failures) == 2
    assert desk.detector.asked == 7


async def test_an_engine_that_dies_ends_it_all() -> None:
    desk = Desk(Procedure(windows=Windows(longer_than_s=10)))
    desk.detector.kill()
    with pytest.raises(Systemic):
        await desk.answerer.answer(desk.question(long_video(30)))


def test_another_procedure_is_another_identity() -> None:
    one = Desk().answerer.identity
    other = Desk(Procedure(cascade=Cascade(enabled=True))).answerer.identity
    assert one.procedure_version
    assert one != other
    assert one.model_copy(update={"procedure_version": other.procedure_version}) == other


async def test_a_window_that_fails_ends_the_others() -> None:
    desk = Desk(Procedure(windows=Windows(longer_than_s=10)))
    desk.detector.fail_next = [Transient(Reason.ENGINE_FAILED, "away")] * 3
    before = asyncio.all_tasks()
    desk.answerer._retry = Retry(attempts=1)
    with pytest.raises(Transient):
        await desk.answerer.answer(desk.question(long_video(30)))
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("change", [{"text": False}, {"provenance": False}, {"trust_anchors": "a"}])
def test_whatever_an_answer_depends_on_is_part_of_its_identity(change: dict[str, object]) -> None:
    other = Procedure.model_validate(change)
    assert Desk(other).answerer.identity != Desk().answerer.identity
