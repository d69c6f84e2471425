"""What came of a simulated stretch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LAG_STEP_S = 1.0
"""Of the grid on which the lag is told."""


@dataclass(frozen=True, slots=True)
class Held:
    """Uploads that one place had to answer for: a worker, or nobody while a node was lost.

    Arrays of one length, in seconds; ``finished`` tells those whose time ended with an answer.
    """

    weight: float
    """How many such places there are in the fleet: not all of many alike are simulated."""
    arrived: Floats
    entered: Floats
    left: Floats
    finished: npt.NDArray[np.bool_]
    receiver: bool = False
    """A survivor that got partitions of a lost node."""


def waits(held: Sequence[Held]) -> tuple[Floats, Floats, Floats]:
    """Of the answered ones: arrival, seconds to the answer, weight."""
    arrived = np.concatenate([h.arrived[h.finished] for h in held])
    took = np.concatenate([(h.left - h.arrived)[h.finished] for h in held])
    weight = np.concatenate([np.full(int(h.finished.sum()), h.weight) for h in held])
    return arrived, took, weight


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The value that ``share`` of the weight lies at or below; 0 where there is none."""
    if len(values) == 0:
        return 0.0
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    place = int(np.searchsorted(total, share * total[-1] * (1 - 1e-12)))
    return float(values[order][min(place, len(values) - 1)])


def lag_over_time(held: Sequence[Held], seconds: float) -> tuple[Floats, Floats]:
    """Times, and how many uploads have come and are not answered at each, in the whole fleet."""
    grid: Floats = np.arange(int(seconds / LAG_STEP_S) + 2, dtype=np.float64) * LAG_STEP_S
    lag: Floats = np.zeros(len(grid), dtype=np.float64)
    for one in held:
        came = np.searchsorted(np.sort(one.entered), grid, side="right")
        went = np.searchsorted(np.sort(one.left), grid, side="right")
        lag = lag + one.weight * (came - went)
    return grid, lag


def caught_up_after(times: Floats, lag: Floats, since_s: float, until_s: float) -> float:
    """Seconds after ``since_s`` until the lag is what it stays at; infinite if it never is.

    What it stays at is its maximum in the last quarter up to ``until_s``: the survivors have more
    to do than before, so their lag of before does not come again.
    """
    here = (times >= since_s) & (times < until_s)
    stretch, behind = times[here], lag[here]
    last = behind[stretch >= until_s - (until_s - since_s) / 4]
    if len(last) == 0 or last.mean() >= behind[0]:
        return math.inf
    return float(stretch[behind <= last.max()][0] - since_s)


def grows(times: Floats, lag: Floats, since_s: float, until_s: float) -> bool:
    """Whether the lag rises all the time: the last quarter's mean is well above the first's."""
    quarter = (until_s - since_s) / 4
    first = lag[(times >= since_s) & (times < since_s + quarter)]
    last = lag[(times >= until_s - quarter) & (times < until_s)]
    return bool(last.mean() > GROWTH * first.mean() + 1) if len(first) and len(last) else False


GROWTH = 1.5
"""Chance makes the lag of a loaded queue wander by less than that; at 10 % too much it doubles."""
