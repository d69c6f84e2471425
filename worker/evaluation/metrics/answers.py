"""Outcomes as arrays: what it was, what was said, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from worker.calibration.sample import Labels, Values
from worker.evaluation.outcome import Outcome
from worker.labelled.items import Truth

Words = npt.NDArray[np.int8]
"""Shape ``(items,)``; places in ``SAID``."""

SAID = ("real", "fake", None)
"""What an answer may say. None is an answer without a conclusion."""

REAL, FAKE, NOTHING = range(3)


@dataclass(frozen=True, slots=True)
class Answers:
    """Columns of one length."""

    fake: Labels
    said: Words
    score: Values
    """P(AI-generated); NaN where there is none."""

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Self:
        """Of answered ones: a media that nobody was asked about says nothing of the model."""
        scores = (one.score.value for one in outcomes)
        return cls(
            fake=np.array([one.label is Truth.FAKE for one in outcomes], dtype=np.bool_),
            said=np.array([SAID.index(one.conclusion) for one in outcomes], dtype=np.int8),
            score=np.array([np.nan if one is None else one for one in scores], dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.fake)

    @property
    def fakes(self) -> int:
        """AI-generated media."""
        return int(self.fake.sum())

    @property
    def reals(self) -> int:
        """Authentic media."""
        return len(self) - self.fakes

    @property
    def scored(self) -> Self:
        """Those with a score."""
        return self.where(~np.isnan(self.score))

    def where(self, chosen: Labels) -> Self:
        """Those chosen by a mask of shape ``(items,)``."""
        return type(self)(self.fake[chosen], self.said[chosen], self.score[chosen])

    def counts(self) -> npt.NDArray[np.int64]:
        """Shape ``(2, 3)``: what it was (real, fake) by what was said (real, fake, nothing)."""
        cells = self.fake.astype(np.int64) * len(SAID) + self.said
        return np.bincount(cells, minlength=2 * len(SAID)).reshape(2, len(SAID))
