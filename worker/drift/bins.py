"""Scores of a baseline, in bins."""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

BINS = 10
"""Deciles of the baseline, as is usual for the population stability index."""

LEAST = 200
"""Scores on either side. Between two samples of one population the index is about
(1/n + 1/m) times a chi-squared of ``BINS`` - 1 degrees of freedom (Yurdakul and Naranjo 2020): with
200 and 200 its 95th percentile is 0.17, with 1000 and 1000 it is 0.034."""

Edge = Annotated[float, Field(ge=-1, le=2, allow_inf_nan=False)]


class Bins(BaseModel):
    """Upper edges, each inside its own bin, and how many scores fell into each bin.

    There is one bin more than edges: the last one has none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    edges: tuple[Edge, ...] = Field(max_length=100)
    counts: tuple[Annotated[int, Field(ge=0)], ...] = Field(max_length=101)

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if len(self.counts) != len(self.edges) + 1:
            raise ValueError("there must be one count more than edges")
        if any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError("the edges must rise")
        if sum(self.counts) < LEAST:
            raise ValueError(f"there must be {LEAST} scores at least")
        return self

    @classmethod
    def of(cls, scores: Sequence[float]) -> Self:
        """Deciles of the scores, fewer where many of these are equal. Raises ``ValueError``."""
        if len(scores) < LEAST:
            raise ValueError(f"there must be {LEAST} scores at least")
        low, high = min(scores), max(scores)
        if low == high:
            # One value is what is expected, and nothing on either side of it.
            edges: list[float] = [math.nextafter(low, -1), low]
        else:
            cuts = statistics.quantiles(scores, n=BINS, method="inclusive")
            edges = _without_empty(sorted({cut for cut in cuts if cut < high}), scores)
        return cls(edges=tuple(edges), counts=tuple(_counts(edges, scores)))

    def find(self, score: float) -> int:
        """The number of the bin that a score falls into."""
        return bisect.bisect_left(self.edges, score)


def _counts(edges: Sequence[float], scores: Sequence[float]) -> list[int]:
    counts = [0] * (len(edges) + 1)
    for score in scores:
        counts[bisect.bisect_left(edges, score)] += 1
    return counts


def _without_empty(edges: list[float], scores: Sequence[float]) -> list[float]:
    """A quantile between two heaps of equal scores may have nothing below it."""
    counts = _counts(edges, scores)
    return [edge for edge, count in zip(edges, counts, strict=False) if count]
