"""The population stability index."""

from __future__ import annotations

import math
from collections.abc import Sequence

STABLE_BELOW = 0.1
"""Below: no change worth a look. N. Siddiqi, "Credit Risk Scorecards" (Wiley 2006), chapter 8; the
cuts go back to E. M. Lewis, "An Introduction to Credit Scoring" (1994). Rules of thumb: they know
nothing of the number of scores, see ``LEAST``."""

SHIFTED_FROM = 0.25
"""From here on: another population, the same sources. Between the two: look into it."""

SMOOTHING = 0.5
"""Added to each count: a bin with none on one side would make the index infinite. Jeffreys' prior
for shares."""


def population_stability_index(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Sum over the bins of (a - e) ln(a / e), where a and e are the shares of a bin.

    0 for equal shares, and never negative: it is the Kullback-Leibler divergence of one from the
    other and back, added (Jeffreys 1946; B. Yurdakul and J. Naranjo, "Statistical properties of the
    population stability index", Journal of Risk Model Validation 14(4), 2020).
    """
    return sum(
        (a - e) * math.log(a / e) for a, e in zip(_shares(actual), _shares(expected), strict=True)
    )


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + SMOOTHING * len(counts)
    return [(count + SMOOTHING) / total for count in counts]
