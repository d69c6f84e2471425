"""How far numbers of two sides lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

BINS = 20
"""Of the histogram: a tenth each, from -1 to 1."""

DIGITS = 6


class ScoreDifferences(BaseModel):
    """Shadow score minus live score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compared: int = Field(description="Pairs in which both sides have a score.")
    mean: float = Field(description="Above 0 the shadow finds more generated.")
    mean_abs: float
    p50_abs: float = Field(description="Half of the scores lie this far apart, or less.")
    p95_abs: float
    max_abs: float
    edges: list[float] = Field(description="Of the histogram's bins; the last holds its end too.")
    counts: list[int] = Field(description="Pairs in each bin.")


class StageDifference(BaseModel):
    """Milliseconds of one stage, over pairs that neither side had in its cache."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: str
    compared: int
    live_p50: float
    live_p95: float
    shadow_p50: float
    shadow_p95: float
    p50: float = Field(description="Median of shadow minus live, pair by pair.")
    p95: float


def score_differences(pairs: Sequence[tuple[float, float]]) -> ScoreDifferences | None:
    """Of pairs of a live and a shadow score. None of no pairs."""
    if not pairs:
        return None
    live, shadow = np.asarray(pairs, dtype=np.float64).T
    apart = shadow - live
    far = np.abs(apart)
    # Rounded, or a difference of -0.3 falls to either side of its edge as the floats have it.
    counts, edges = np.histogram(np.round(apart, 9), bins=np.round(np.linspace(-1, 1, BINS + 1), 9))
    return ScoreDifferences(
        compared=len(pairs),
        mean=_rounded(apart.mean()),
        mean_abs=_rounded(far.mean()),
        p50_abs=_rounded(np.percentile(far, 50)),
        p95_abs=_rounded(np.percentile(far, 95)),
        max_abs=_rounded(far.max()),
        edges=[_rounded(edge) for edge in edges],
        counts=[int(count) for count in counts],
    )


def stage_difference(stage: str, pairs: Sequence[tuple[float, float]]) -> StageDifference | None:
    """Of pairs of live and shadow milliseconds. None of no pairs."""
    if not pairs:
        return None
    live, shadow = np.asarray(pairs, dtype=np.float64).T
    figures = [np.percentile(each, (50, 95)) for each in (live, shadow, shadow - live)]
    (live_p50, live_p95), (shadow_p50, shadow_p95), (p50, p95) = (
        [round(float(value), 3) for value in figure] for figure in figures
    )
    return StageDifference(
        stage=stage,
        compared=len(pairs),
        live_p50=live_p50,
        live_p95=live_p95,
        shadow_p50=shadow_p50,
        shadow_p95=shadow_p95,
        p50=p50,
        p95=p95,
    )


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
