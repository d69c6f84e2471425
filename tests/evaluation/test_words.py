"""Metrics of what was said, against scikit-learn's and by hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from worker.evaluation.metrics import words
from worker.evaluation.metrics.answers import FAKE, REAL

Counts = npt.NDArray[np.int64]

cells = st.lists(st.integers(0, 30), min_size=6, max_size=6)


def table(*numbers: int) -> Counts:
    """Real said real, fake, nothing; fake said real, fake, nothing."""
    return np.array(numbers).reshape(2, 3)


def spelled(counts: Counts) -> tuple[list[str], list[str]]:
    """The same as lists of labels."""
    truth, said = [], []
    for row, label in enumerate(("real", "fake")):
        for column, word in enumerate(("real", "fake", "nothing")):
            truth += [label] * int(counts[row, column])
            said += [word] * int(counts[row, column])
    return truth, said


def test_worked_by_hand() -> None:
    counts = table(8, 1, 1, 3, 6, 1)
    assert words.accuracy(counts) == 14 / 20
    assert words.accuracy_on_parsed(counts) == 14 / 18
    assert words.recall(counts, REAL) == 0.8
    assert words.recall(counts, FAKE) == 0.6
    assert words.balanced_accuracy(counts) == pytest.approx(0.7)
    assert words.f1(counts, FAKE) == pytest.approx(12 / 17)
    assert words.f1(counts, REAL) == pytest.approx(16 / 21)


@given(cells)
def test_as_scikit_learn_has_it(numbers: list[int]) -> None:
    counts = table(*numbers)
    if min(counts.sum(axis=1)) == 0:
        return
    truth, said = spelled(counts)
    kept = {"labels": ["real", "fake"], "zero_division": 0.0}
    assert words.accuracy(counts) == pytest.approx(accuracy_score(truth, said))
    assert words.macro_f1(counts) == pytest.approx(f1_score(truth, said, average="macro", **kept))
    assert words.weighted_f1(counts) == pytest.approx(
        f1_score(truth, said, average="weighted", **kept)
    )
    recalls = recall_score(truth, said, average=None, **kept)
    assert words.balanced_accuracy(counts) == pytest.approx(recalls.mean())


@given(cells)
def test_failures_never_help(numbers: list[int]) -> None:
    counts = table(*numbers)
    silenced = counts.copy()
    silenced[:, 2] += silenced[:, 0]
    silenced[:, 0] = 0
    metrics = (words.accuracy, words.balanced_accuracy, words.macro_f1, words.weighted_f1)
    for metric in metrics if counts.sum() else ():
        assert metric(silenced) <= metric(counts) + 1e-12


def test_resamples_keep_the_labels_and_agree_with_theory() -> None:
    counts = table(70, 25, 5, 20, 180, 0)
    drawn = words.resampled_counts(counts, 4000, np.random.default_rng(0))
    assert (drawn.sum(axis=2) == counts.sum(axis=1)).all()
    spread = words.recall(drawn, REAL).std()
    assert spread == pytest.approx(np.sqrt(0.7 * 0.3 / 100), rel=0.05)
    again = words.resampled_counts(counts, 4000, np.random.default_rng(0))
    assert (drawn == again).all()
