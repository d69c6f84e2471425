"""How good the reasoning is, as far as the run's columns tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from worker.calibration.sample import Values
from worker.domain.media import MediaKind
from worker.evaluation.columns import Column
from worker.evaluation.judge.ledger import Judge, Judged
from worker.evaluation.metrics.estimate import Estimate, bootstrapped, unknown
from worker.evaluation.metrics.ranking import CELLS
from worker.evaluation.outcome import Outcome
from worker.evaluation.rouge import reasoned

OVERALL = "overall"

TITLES = {
    "sim": "BERTScore's F1, without rescaling",
    "sentence_sim": "cosine of mean token vectors",
}

SHOWN = 3
MAX_REASON = 100
"""Reasons of a judge's failures that are told, and characters of each."""

RIGHT_ALONE = "only right verdicts were looked at"


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
            chosen = right.all() and any(
                not one.correct and where in (one.kind, OVERALL) for one in reasoned(answered)
            )
            rows.append(
                Explained(
                    column=name,
                    where=str(where),
                    all_answers=unknown(0, RIGHT_ALONE)
                    if chosen
                    else _mean(values, resamples, seed),
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


def judge_note(judge: Judge, judged: Collection[Judged]) -> str:
    """Who judged, how much, and what could not be read."""
    failed = [one for one in judged if one.marks is None]
    reasons = Counter((one.failure or "")[:MAX_REASON] for one in failed).most_common(SHOWN)
    why = "".join(f"; {count} x {reason}" for reason, count in reasons)
    whose = "right verdicts" if all(one.correct for one in judged) else "right and wrong verdicts"
    return (
        "completeness, relevance, level_of_detail and explanation: marks from 1 to 5 by"
        f" {judge.model}, prompt {judge.prompt}, of {len(judged) - len(failed)} reasonings that"
        f" lead to {whose}; {len(failed)} answers of the judge have no marks, and are in no"
        f" figure{why}"
    )


def measure_notes(abouts: Mapping[str, str]) -> list[str]:
    """By which encoder each similarity was measured."""
    return [f"{name}: {TITLES.get(name, name)}, by {about}" for name, about in abouts.items()]
