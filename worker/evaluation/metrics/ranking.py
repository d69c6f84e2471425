"""Metrics of how well fakes rank above real ones, on one sample or on thousands at once.

Samples are counts by score, shape ``(..., scores)``: of real and of fake items, at each different
score in rising order. Equal scores are one point of every curve, as in scikit-learn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from worker.calibration.sample import Labels, Values

Counts = npt.NDArray[np.int64]
Codes = npt.NDArray[np.intp]
Shares = npt.NDArray[np.float64]

CELLS = 1 << 22
"""Counts drawn at once: 32 MB of them."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scores as places among the different scores."""

    scores: int
    real: Codes
    """Of each real item, shape ``(reals,)``."""
    fake: Codes

    @classmethod
    def of(cls, score: Values, fake: Labels) -> Self:
        """Without NaN."""
        different, place = np.unique(score, return_inverse=True)
        return cls(len(different), place[~fake], place[fake])

    def counts(self) -> tuple[Counts, Counts]:
        """Of real and of fake items, each of shape ``(scores,)``."""
        return (
            np.bincount(self.real, minlength=self.scores),
            np.bincount(self.fake, minlength=self.scores),
        )

    def drawn(self, real: Codes, fake: Codes) -> tuple[Counts, Counts]:
        """The same of resamples: items by place, shape ``(resamples, items drawn)``."""
        return self._sorted(self.real[real]), self._sorted(self.fake[fake])

    def _sorted(self, codes: Codes) -> Counts:
        rows = np.arange(len(codes))[:, None] * self.scores
        counted = np.bincount((codes + rows).ravel(), minlength=len(codes) * self.scores)
        return counted.reshape(len(codes), self.scores)


def draws(
    reals: int, fakes: int, resamples: int, rng: np.random.Generator
) -> Iterator[tuple[Codes, Codes]]:
    """Bootstrap within each label: places of real and of fake items, a part of all resamples."""
    at_once = max(1, CELLS // (reals + fakes))
    for begin in range(0, resamples, at_once):
        size = min(at_once, resamples - begin)
        yield rng.integers(0, reals, (size, reals)), rng.integers(0, fakes, (size, fakes))


def auc(real: Counts, fake: Counts) -> Shares:
    """Share of pairs of a fake and a real item in which the fake one scores higher; ties half."""
    below = real.cumsum(axis=-1) - real
    won = (fake * (below + real / 2)).sum(axis=-1)
    return np.asarray(won / (real.sum(axis=-1) * fake.sum(axis=-1)))


def average_precision(real: Counts, fake: Counts) -> Shares:
    """Precision at each threshold, weighted by the recall that it adds. Rises with the fakes."""
    found, wrong = _from_above(fake), _from_above(real)
    flagged = found + wrong
    precision = np.divide(found, flagged, out=np.zeros(flagged.shape), where=flagged > 0)
    return np.asarray((fake[..., ::-1] * precision).sum(axis=-1) / fake.sum(axis=-1))


def tpr_at_fpr(real: Counts, fake: Counts, most: float) -> Shares:
    """The largest share of fakes found at any threshold that flags at most so many of the reals."""
    found, wrong = _from_above(fake), _from_above(real)
    allowed = wrong <= most * real.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(allowed, found, 0).max(axis=-1) / fake.sum(axis=-1))


def _from_above(counts: Counts) -> Counts:
    """Items at or above each score, from the highest one down."""
    return np.asarray(counts[..., ::-1].cumsum(axis=-1))
