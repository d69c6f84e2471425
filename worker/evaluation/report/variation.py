"""What became of the answers after something was done to the media."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from worker.evaluation.comparison.differences import Differences, differences
from worker.evaluation.comparison.pairs import Pair
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.summary import Summary, summarise
from worker.evaluation.outcome import Outcome
from worker.evaluation.variant import ORIGINAL


class Variation(BaseModel):
    """The media that one variant was made of, before and after."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variant: str
    summary: Summary = Field(description="After it was done.")
    pairs: int = Field(description="Media that have an answer before and after.")
    differences: Differences = Field(description="After less before; each resample is of media.")


def variations(
    answered: Sequence[Outcome], names: Sequence[str], *, resamples: int, seed: int
) -> list[Variation]:
    """A row for each variant that has an answer, in the order of the run.

    A variant is held against the same media as they are, and not against all of the set: a bit
    rate is of videos alone.
    """
    clean = {one.path: one for one in answered if one.variant == ORIGINAL}
    rows = []
    for name in names:
        after = [one for one in answered if one.variant == name]
        if name == ORIGINAL or not after:
            continue
        pairs = [Pair(clean[one.path], one) for one in after if one.path in clean]
        rows.append(
            Variation(
                variant=name,
                summary=summarise(Answers.of(after), resamples=resamples, seed=seed),
                pairs=len(pairs),
                differences=differences(pairs, resamples=resamples, seed=seed),
            )
        )
    return rows
