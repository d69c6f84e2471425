from __future__ import annotations

import pytest

from tests.support.factories import make_identity
from worker.calibration.agreement import Pair, agreement, agreement_table, pairs_of
from worker.calibration.scored import ScoredItem
from worker.domain.answer import Score, ScoreKind
from worker.domain.generation import AnswerForm
from worker.labelled.items import Truth

KINDS = {
    AnswerForm.THINK_FIRST: ScoreKind.LABEL_LOGPROBS,
    AnswerForm.VERDICT_FIRST: ScoreKind.VERDICT_FIRST,
}


def item(
    name: str,
    form: AnswerForm,
    value: float | None,
    problem: str | None = None,
    mass: float = 1.0,
    revision: str = "r1",
) -> ScoredItem:
    return ScoredItem(
        set="a set",
        path=name,
        label=Truth.FAKE,
        sha256=name,
        form=form,
        score=Score(value=value, kind=KINDS[form], mass=mass),
        problem=problem,
        completion_tokens=1 if form is AnswerForm.VERDICT_FIRST else 50,
        model=make_identity(revision=revision),
    )


PAIRS = [
    Pair(Truth.FAKE, 0.99, 0.9, 1, 49),
    Pair(Truth.FAKE, 0.4, 0.8, 1, 49),  # only thinking finds it
    Pair(Truth.REAL, 0.02, 0.1, 1, 49),
    Pair(Truth.REAL, 0.97, 0.3, 1, 49),  # wrong, and sure of it
]


def test_thinking_about_everything_is_thinking_first_and_a_token_more() -> None:
    found = agreement(PAIRS, 0.0, 1.0)
    assert (found.thinks, found.agrees, found.accuracy) == (1.0, 1.0, 1.0)
    assert found.tokens == pytest.approx(50 / 49)


def test_a_band_saves_tokens_and_keeps_the_errors_that_were_sure() -> None:
    found = agreement(PAIRS, 0.05, 0.95)
    assert found.thinks == 0.25
    assert found.agrees == 0.75
    assert found.accuracy == 0.75
    assert found.tokens == pytest.approx((4 + 49) / (4 * 49))


def test_no_band_is_the_first_word() -> None:
    assert agreement(PAIRS, 0.5, 0.5).accuracy == 0.5


def test_only_media_with_both_scores_count_and_each_once() -> None:
    first, think = AnswerForm.VERDICT_FIRST, AnswerForm.THINK_FIRST
    items = [
        *(item("a", first, 0.1), item("a", think, 0.2), item("a", think, 0.2)),
        item("alone", first, 0.1),
        *(item("none", first, None), item("none", think, 0.2)),
        *(item("off", first, 0.3, mass=0.1), item("off", think, 0.2)),
        *(item("two", first, 0.3, revision="r1"), item("two", think, 0.2, revision="r2")),
        *(item("cut", first, 0.3), item("cut", think, 0.2, "cut")),
    ]
    assert pairs_of(items) == [Pair(Truth.FAKE, 0.1, 0.2, 1, 50)]
    assert agreement_table(pairs_of(items)).row_count == 6
