"""A model's words -> an answer."""

from __future__ import annotations

from tests.fuzz.invariants import quickly
from tests.fuzz.shapes import pumped
from tests.support.factories import NOON, make_facts, make_identity
from worker.domain.answer import Answer
from worker.domain.generation import FinishReason, Generation
from worker.parsing.answer import read_answer

MAX_LEN = 2048

LONGEST = 20_000
"""Characters: an answer of 2,048 tokens has half as many."""

REASONS = list(FinishReason)


def check(data: bytes) -> None:
    """Any text is an answer; without a verdict position it says what is wrong, and has no score."""
    text = pumped(data, LONGEST)
    finish = REASONS[len(data) % len(REASONS)]
    with quickly():
        answer = read_answer(Generation(text, finish), make_identity(), make_facts(), NOON)
    assert answer.explanation in text
    assert answer.score.value is None
    assert answer.problem
    assert Answer.model_validate_json(answer.model_dump_json()) == answer
