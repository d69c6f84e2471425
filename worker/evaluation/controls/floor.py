"""Real against real: what a detector of fakes must not be able to tell apart.

One that ranks the real media of one source above those of another knows data sets. Its AUC of fakes
against reals, which are of other sources, is then partly of that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from worker.domain.media import MediaKind
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.estimate import Estimate
from worker.evaluation.metrics.summary import auc_of
from worker.evaluation.outcome import Outcome
from worker.labelled.items import Truth

FEWEST = 10
"""Media on either side: with fewer an interval spans nearly all."""

HALVES = "one half, drawn by hash"

CHANCE = 0.5


class Floor(BaseModel):
    """Some real media against the other real ones of their kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: MediaKind
    part: str = Field(description="A source, or a half that was drawn.")
    inside: int
    others: int
    auc: Estimate = Field(description="How often a media of the part has the higher score.")
    told_apart: bool = Field(description="Whether the interval leaves 0.5 out.")


def floors(answered: Sequence[Outcome], *, resamples: int, seed: int) -> list[Floor]:
    """A half, which must give 0.5, and each source that has enough media and so have the others."""
    rows = []
    for kind in MediaKind:
        reals = [
            one
            for one in answered
            if one.kind is kind and one.label is Truth.REAL and one.score.value is not None
        ]
        parts = {HALVES: [int(one.sha256 or "0", 16) % 2 == 0 for one in reals]}
        for source in sorted({one.group for one in reals if one.group}):
            parts[source] = [one.group == source for one in reals]
        for part, members in parts.items():
            inside = sum(members)
            if min(inside, len(reals) - inside) < FEWEST:
                continue
            rows.append(_floor(kind, part, reals, members, resamples, seed))
    return rows


def _floor(
    kind: MediaKind,
    part: str,
    reals: Sequence[Outcome],
    members: Sequence[bool],
    resamples: int,
    seed: int,
) -> Floor:
    answers = Answers.of(reals)
    # The part takes the place of the fakes.
    sides = Answers(np.array(members, dtype=np.bool_), answers.said, answers.score)
    auc = auc_of(sides, resamples=resamples, seed=seed)
    assert auc.low is not None
    assert auc.high is not None
    return Floor(
        kind=kind,
        part=part,
        inside=sides.fakes,
        others=sides.reals,
        auc=auc,
        told_apart=not auc.low <= CHANCE <= auc.high,
    )
