"""How good the reasoning is, as far as the run's columns tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from worker.calibration.sample import Values
from worker.domain.media import MediaKind
from worker.evaluation.columns import Column
from worker.evaluation.metrics.estimate import Estimate, bootstrapped, unknown
from worker.evaluation.metrics.ranking import CELLS
from worker.evaluation.outcome import Outcome

OVERALL = "overall"


class Explained(BaseModel):
    """The mean of one column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    where: str = Field(description="image, video or overall.")
    all_answers: Estimate = Field(description="Right or wrong.")
    correct_only: Estimate = Field(description="Of answers whose conclusion is right.")


def explain(
    answered: Sequence[Outcome], columns: Mapping[str, Column], *, resamples: int, seed: int
) -> list[Explained]:
    """A row for each column and kind of media.

    A wrong verdict is never marked 0 for being wrong: the reasons for right verdicts have a figure
    of their own.
    """
    rows = []
    for name, column in columns.items():
        for where in (*MediaKind, OVERALL):
            inside = [one for one in answered if one.key in column and where in (one.kind, OVERALL)]
            if not inside:
                continue
            values = np.array([column[one.key] for one in inside])
            right = np.array([one.correct for one in inside])
            rows.append(
                Explained(
                    column=name,
                    where=str(where),
                    all_answers=_mean(values, resamples, seed),
                    correct_only=_mean(values[right], resamples, seed),
                )
            )
    return rows


def _mean(values: Values, resamples: int, seed: int) -> Estimate:
    items = len(values)
    if not items:
        return unknown(0, "there are no such answers")
    rng = np.random.default_rng(seed)
    at_once = max(1, CELLS // items)
    drawn = [
        values[rng.integers(0, items, (min(at_once, resamples - begin), items))].mean(axis=1)
        for begin in range(0, resamples, at_once)
    ]
    return bootstrapped(float(values.mean()), np.concatenate(drawn), items)
