from __future__ import annotations

from typing import Any

import pytest

from tests.support.factories import NOON, make_facts, make_identity
from worker.domain.answer import Answer, Conclusion, ScoreKind
from worker.domain.generation import FinishReason, Generation, LabelLogprobs
from worker.parsing.answer import read_answer

SURE = LabelLogprobs(authentic={"real": -5.0}, ai_generated={"fake": -0.01})


def read(text: str = "<think>a</think><conclusion>fake</conclusion>", **changes: Any) -> Answer:
    generation = Generation(
        **{
            "text": text,
            "finish_reason": FinishReason.STOP,
            "label_logprobs": SURE,
            **changes,
        }
    )
    return read_answer(generation, make_identity(), make_facts(), NOON)


def test_a_whole_answer_has_no_problem() -> None:
    answer = read()
    assert answer.problem is None
    assert answer.conclusion is Conclusion.FAKE
    assert answer.score.kind is ScoreKind.LABEL_LOGPROBS


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"finish_reason": FinishReason.LENGTH}, "cut at its longest"),
        ({"finish_reason": FinishReason.REPETITION}, "repeats itself"),
        ({"finish_reason": FinishReason.REPETITION, "forced": True}, "repeats itself"),
        ({"finish_reason": FinishReason.ABORT}, "broken off"),
        ({"text": "<think>a</think><conclusion>perhaps</conclusion>"}, "neither real nor fake"),
        ({"label_logprobs": None}, "no verdict position"),
    ],
)
def test_what_cannot_be_taken_at_its_word_says_why(changes: dict[str, Any], said: str) -> None:
    problem = read(**changes).problem
    assert problem is not None
    assert said in problem


def test_a_forced_conclusion_counts_and_is_named_as_such() -> None:
    answer = read(finish_reason=FinishReason.LENGTH, forced=True)
    assert answer.problem is None
    assert answer.score.kind is ScoreKind.FORCED_CONCLUSION
