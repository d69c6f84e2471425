"""Replies as models write them."""

from __future__ import annotations

import math

import pytest

from tests.support.factories import NOON, make_facts, make_identity
from worker.domain.answer import Conclusion, ScoreKind
from worker.domain.generation import FinishReason, Generation, LabelLogprobs
from worker.parsing.answer import read_answer
from worker.parsing.reply import parse
from worker.parsing.score import score


@pytest.mark.parametrize(
    ("text", "reasoning", "conclusion"),
    [
        ("<think>six fingers</think><conclusion>fake</conclusion>", "six fingers", "fake"),
        ("<think>\nfine\n</think>\n<conclusion>\nreal\n</conclusion>", "fine", "real"),
        ("<THINK>x</THINK><Conclusion> FAKE </Conclusion>", "x", "fake"),
        ("<think>x</think><conclusion>real", "x", "real"),
        ("<think>x<conclusion>real</conclusion>", "x", "real"),
        ("no tags at all<conclusion>fake</conclusion>", "no tags at all", "fake"),
        (
            "<think>I write <conclusion>real</conclusion> or</think><conclusion>fake</conclusion>",
            "I write",
            "fake",
        ),
        ("<think>x</think><conclusion>not fake</conclusion>", "x", "none"),
        ("<think>x</think><conclusion>fake real</conclusion>", "x", "none"),
        ("<think>x</think><conclusion></conclusion>", "x", "none"),
        ("<think>it is fake", "it is fake", "none"),
        ("", "", "none"),
    ],
)
def test_parse(text: str, reasoning: str, conclusion: str) -> None:
    reply = parse(text)
    assert (reply.reasoning, reply.conclusion.value) == (reasoning, conclusion)


def test_score_sums_the_variants() -> None:
    found = score(
        LabelLogprobs(
            authentic={"real": math.log(0.1), " real": math.log(0.1)},
            ai_generated={"fake": math.log(0.5), "Fake": math.log(0.1)},
        )
    )
    assert found.kind is ScoreKind.LABEL_LOGPROBS
    assert found.value == pytest.approx(0.75)
    assert found.mass == pytest.approx(0.8)


@pytest.mark.parametrize(
    "logprobs", [None, LabelLogprobs(), LabelLogprobs({"real": -math.inf}, {"fake": -math.inf})]
)
def test_no_score_is_no_number(logprobs: LabelLogprobs | None) -> None:
    found = score(logprobs)
    assert found.value is None
    assert found.kind is ScoreKind.NONE


SURE = LabelLogprobs({"real": math.log(0.02)}, {"fake": math.log(0.97)})


@pytest.mark.parametrize(
    ("generation", "problem"),
    [
        (Generation("<conclusion>fake</conclusion>", FinishReason.STOP, SURE), None),
        (Generation("<think>on and on", FinishReason.LENGTH), "cut at its longest"),
        (Generation("M30 M30 M30", FinishReason.REPETITION), "repeats itself"),
        (Generation("<conclusion>maybe</conclusion>", FinishReason.STOP, SURE), "neither real nor"),
        (Generation("<conclusion>fake</conclusion>", FinishReason.STOP), "no verdict position"),
    ],
)
def test_an_answer_says_its_problem(generation: Generation, problem: str | None) -> None:
    answer = read_answer(generation, make_identity(), make_facts(), NOON)
    if problem is None:
        assert answer.problem is None
        assert answer.conclusion is Conclusion.FAKE
    else:
        assert answer.problem is not None
        assert problem in answer.problem
