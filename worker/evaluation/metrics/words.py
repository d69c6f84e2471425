"""Metrics of what was said: functions of counts, on one table or on thousands at once.

A table has the shape ``(..., 2, 3)``: what it was (real, fake) by what was said (real, fake,
nothing). An answer that says nothing is an error, but for ``accuracy_on_parsed``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from worker.evaluation.metrics.answers import FAKE, NOTHING, REAL

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


def accuracy(counts: Counts) -> Shares:
    """Right answers of all items: failures are errors."""
    return _share(_right(counts), counts.sum(axis=(-2, -1)))


def accuracy_on_parsed(counts: Counts) -> Shares:
    """Right answers of those that say something."""
    return _share(_right(counts), counts[..., :NOTHING].sum(axis=(-2, -1)))


def recall(counts: Counts, label: int) -> Shares:
    """Right answers of all items of one label: that label's accuracy."""
    return _share(counts[..., label, label], counts[..., label, :].sum(axis=-1))


def balanced_accuracy(counts: Counts) -> Shares:
    """Mean of both labels' accuracies."""
    return np.asarray((recall(counts, REAL) + recall(counts, FAKE)) / 2)


def f1(counts: Counts, label: int) -> Shares:
    """Harmonic mean of precision and recall of one label: 2 TP / (2 TP + FP + FN)."""
    hit = counts[..., label, label]
    said = counts[..., label].sum(axis=-1)
    there = counts[..., label, :].sum(axis=-1)
    return _share(2 * hit, said + there)


def macro_f1(counts: Counts) -> Shares:
    """Mean of both labels' F1, as the paper says that it does."""
    return np.asarray((f1(counts, REAL) + f1(counts, FAKE)) / 2)


def weighted_f1(counts: Counts) -> Shares:
    """Both labels' F1, weighted by how many items have the label: what the authors' script prints.

    On a set with as many of each label it is the macro F1.
    """
    there = counts.sum(axis=-1)
    weighed = f1(counts, REAL) * there[..., REAL] + f1(counts, FAKE) * there[..., FAKE]
    return np.asarray(weighed / there.sum(axis=-1))


def resampled_counts(counts: Counts, resamples: int, rng: np.random.Generator) -> Counts:
    """Bootstrap of the items within each label, shape ``(resamples, 2, 3)``.

    Items with the same label and word are alike for these metrics: to draw items is to draw from a
    multinomial over the words.
    """
    drawn = np.zeros((resamples, *counts.shape), dtype=np.int64)
    for label in (REAL, FAKE):
        there = int(counts[label].sum())
        if there:
            drawn[:, label] = rng.multinomial(there, counts[label] / there, size=resamples)
    return drawn


def _right(counts: Counts) -> Counts:
    return np.asarray(counts[..., REAL, REAL] + counts[..., FAKE, FAKE])


def _share(part: Counts, whole: Counts) -> Shares:
    """0 of nothing is 0, as in scikit-learn."""
    return np.asarray(np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0))
