"""All metrics of some answers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from tests.evaluation.made import drawn, outcome, scored
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.estimate import proportion
from worker.evaluation.metrics.summary import Summary, auc_of, summarise
from worker.evaluation.outcome import Outcome
from worker.labelled.items import Truth


def summary(outcomes: list[Outcome], resamples: int = 200) -> Summary:
    return summarise(Answers.of(outcomes), resamples=resamples, seed=0)


def test_values_are_those_of_scikit_learn() -> None:
    outcomes = drawn(400)
    found = summary(outcomes)
    label = [one.label is Truth.FAKE for one in outcomes]
    score = [one.score.value for one in outcomes]
    assert found.auc.value == pytest.approx(roc_auc_score(label, score), abs=1e-6)
    assert found.average_precision.value == pytest.approx(
        average_precision_score(label, score), abs=1e-6
    )
    assert found.brier.value == pytest.approx(brier_score_loss(label, score), abs=1e-6)
    right = sum(one.correct for one in outcomes)
    silent = sum(one.conclusion is None for one in outcomes)
    assert silent == 22
    assert found.accuracy.value == pytest.approx(right / 400)
    assert found.accuracy_on_parsed.value == pytest.approx(right / (400 - silent), abs=1e-6)
    assert found.parse_failure_rate.value == pytest.approx(silent / 400)
    assert sum(sum(row.values()) for row in found.confusion.values()) == 400
    for estimate in (found.auc, found.brier, found.accuracy, found.macro_f1):
        assert estimate.low is not None
        assert estimate.value is not None
        assert estimate.high is not None
        assert estimate.low < estimate.value < estimate.high


def test_the_same_seed_gives_the_same_intervals() -> None:
    outcomes = drawn(200)
    assert summary(outcomes) == summary(outcomes)
    other = summarise(Answers.of(outcomes), resamples=200, seed=1)
    assert other.auc.value == summary(outcomes).auc.value
    assert other.auc.low != summary(outcomes).auc.low


def test_an_interval_is_as_wide_as_theory_has_it() -> None:
    # Two normals: the AUC's spread by Hanley and McNeil (1982).
    outcomes = drawn(1000)
    found = summary(outcomes, resamples=1000).auc
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    a, n = found.value, 500
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    spread = np.sqrt((a * (1 - a) + (n - 1) * (q1 - a * a) + (n - 1) * (q2 - a * a)) / n**2)
    assert found.high - found.low == pytest.approx(2 * 1.96 * spread, rel=0.15)


def test_without_reals_there_is_no_f1_and_no_auc() -> None:
    found = summary([outcome(f"{n}.png", conclusion="real" if n < 3 else "fake") for n in range(9)])
    assert found.recall_fake.value == pytest.approx(6 / 9, abs=1e-6)
    for estimate in (
        found.macro_f1,
        found.weighted_f1,
        found.balanced_accuracy,
        found.auc,
        found.average_precision,
    ):
        assert estimate.value is None
        assert "real media" in (estimate.note or "")
    assert found.recall_real.value is None


@pytest.mark.parametrize(
    ("reals", "told", "note"),
    [
        (99, False, "too few: 100"),
        (100, True, "1 highest"),
        (999, True, "9 highest"),
        (1000, True, None),
    ],
    ids=str,
)
def test_a_rate_of_1_percent_needs_a_hundred_reals(
    reals: int, told: bool, note: str | None
) -> None:
    score = np.linspace(0, 1, reals + 50)
    fake = np.arange(reals + 50) >= reals
    answers = Answers(fake, fake.astype(np.int8), score)
    found = summarise(answers, resamples=100, seed=0).tpr_at_fpr_1
    assert (found.value == 1.0) is told
    assert (note or "") in (found.note or "")
    assert (found.note is None) is (note is None)


def test_answers_without_a_score_are_not_ranked() -> None:
    outcomes = [*drawn(100), *(outcome(f"x{n}.png", score=scored(None)) for n in range(7))]
    found = summary(outcomes)
    assert found.scored == 100
    assert found.auc.items == 100
    assert found.accuracy.items == 107
    nothing = summary([one.model_copy(update={"score": scored(None)}) for one in outcomes])
    assert nothing.auc.value is None
    assert nothing.ece.value is None
    assert nothing.accuracy == found.accuracy


def test_a_generator_is_ranked_against_what_it_is_given() -> None:
    outcomes = drawn(100)
    alone = auc_of(Answers.of(outcomes), resamples=100, seed=0)
    assert alone.value == summary(outcomes).auc.value


def test_a_share_of_all_is_not_certain() -> None:
    # Wilson's lower end for 10 of 10: 10 / (10 + 1.96^2).
    found = proportion(10, 10)
    assert found.low == pytest.approx(10 / (10 + 1.959964**2), abs=1e-5)
    assert found.high == 1.0
    assert proportion(0, 0).value is None
