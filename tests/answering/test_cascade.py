from __future__ import annotations

import pytest

from tests.support.factories import make_answer
from worker.answering.cascade import combine, second_look
from worker.domain.answer import Answer, ExplanationMode, Score, ScoreKind, Trigger
from worker.domain.procedure import Cascade

CASCADE = Cascade(enabled=True, think_from=0.1, think_to=0.9, sample=0.0)
NEVER_DRAWN = "f" * 64
ALWAYS_DRAWN = "0" * 64


def first(value: float | None, mass: float = 1.0, problem: str | None = None) -> Answer:
    return make_answer(
        score=Score(value=value, kind=ScoreKind.VERDICT_FIRST, mass=mass),
        explanation="",
        explanation_mode=ExplanationMode.NONE,
        problem=problem,
        completion_tokens=1,
    )


def second(value: float, explanation: str = "six fingers") -> Answer:
    score = Score(value=value, kind=ScoreKind.LABEL_LOGPROBS, mass=1.0)
    return make_answer(score=score, explanation=explanation, completion_tokens=40)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (first(0.05), None),
        (first(0.1), Trigger.BAND),
        (first(0.5), Trigger.BAND),
        (first(0.9), Trigger.BAND),
        (first(0.95), None),
        (first(None), Trigger.BAND),
        (first(0.99, mass=0.2), Trigger.BAND),
        (first(0.01, problem="broken off"), Trigger.BAND),
    ],
)
def test_it_thinks_where_the_first_word_is_not_sure(
    answer: Answer, expected: Trigger | None
) -> None:
    assert second_look(answer, NEVER_DRAWN, CASCADE) is expected


def test_some_are_drawn_by_their_content_and_always_the_same() -> None:
    cascade = CASCADE.model_copy(update={"sample": 0.25})
    hashes = [f"{number:02x}" + "0" * 62 for number in range(256)]
    drawn = [sha256 for sha256 in hashes if second_look(first(0.99), sha256, cascade)]
    assert len(drawn) == 64
    assert second_look(first(0.99), ALWAYS_DRAWN, cascade) is Trigger.SAMPLE
    assert second_look(first(0.99), ALWAYS_DRAWN, CASCADE) is None


def test_what_is_flagged_gets_its_reasons_only_where_one_asks_for_them() -> None:
    explaining = CASCADE.model_copy(update={"explain_flagged": True})
    assert second_look(first(0.99), NEVER_DRAWN, CASCADE) is None
    assert second_look(first(0.99), NEVER_DRAWN, explaining) is Trigger.FLAGGED
    assert second_look(first(0.01), NEVER_DRAWN, explaining) is None


def test_in_the_band_the_second_answer_counts() -> None:
    answer = combine(first(0.6), second(0.2), Trigger.BAND)
    assert answer.score.value == 0.2
    assert answer.score.kind is ScoreKind.LABEL_LOGPROBS
    assert answer.explanation_mode is ExplanationMode.PRE
    assert answer.two_passes is not None
    assert answer.two_passes.verdict_first.value == 0.6
    assert not answer.two_passes.agree
    assert answer.completion_tokens == 41


@pytest.mark.parametrize("trigger", [Trigger.SAMPLE, Trigger.FLAGGED])
def test_elsewhere_the_first_score_counts_and_the_reasons_came_after(trigger: Trigger) -> None:
    answer = combine(first(0.99), second(0.8), trigger)
    assert answer.score.value == 0.99
    assert answer.score.kind is ScoreKind.VERDICT_FIRST
    assert answer.explanation == "six fingers"
    assert answer.explanation_mode is ExplanationMode.POST_HOC
    assert answer.two_passes is not None
    assert answer.two_passes.agree


def test_reasons_that_are_none_are_not_told_as_some() -> None:
    answer = combine(first(0.99), second(0.8, explanation=""), Trigger.SAMPLE)
    assert answer.explanation_mode is ExplanationMode.NONE
