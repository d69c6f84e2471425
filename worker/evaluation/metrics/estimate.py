"""A number, and how far chance goes in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

DIGITS = 6
"""Of a metric: what differs beyond it from machine to machine is rounding."""

LEVEL = 95
"""Per cent of intervals."""


class Estimate(BaseModel):
    """A metric on the items at hand."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    value: float | None = Field(description="Null where it cannot be told; the note says why.")
    low: float | None = Field(default=None, description=f"{LEVEL} % interval.")
    high: float | None = None
    items: int = Field(ge=0, description="Items that it rests on.")
    note: str | None = None


def unknown(items: int, note: str) -> Estimate:
    """No number, and why."""
    return Estimate(value=None, items=items, note=note)


def proportion(count: int, items: int) -> Estimate:
    """A share with the interval of Wilson (1927): sound for few items and near 0 and 1.

    A bootstrap of a share that is 1 would give an interval from 1 to 1.
    """
    from scipy.stats import binomtest

    if not items:
        return unknown(0, "there are no such items")
    interval = binomtest(count, items).proportion_ci(LEVEL / 100, method="wilson")
    return Estimate(
        value=round(count / items, DIGITS),
        low=round(float(interval.low), DIGITS),
        high=round(float(interval.high), DIGITS),
        items=items,
    )


def bootstrapped(
    value: float, drawn: npt.NDArray[np.float64], items: int, note: str | None = None
) -> Estimate:
    """A value with the percentiles of it on resamples, shape ``(resamples,)`` (Efron, 1979).

    No resample differs from the others where a model makes no error: the interval then has no
    width, which is no certainty.
    """
    tail = (100 - LEVEL) / 2
    low, high = np.percentile(drawn, (tail, 100 - tail))
    return Estimate(
        value=round(float(value), DIGITS),
        low=round(float(low), DIGITS),
        high=round(float(high), DIGITS),
        items=items,
        note=note,
    )
