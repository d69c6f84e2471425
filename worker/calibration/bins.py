"""Scores sorted into bins of about equally many."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from worker.calibration.sample import Labels, Values


@dataclass(frozen=True, slots=True)
class Bin:
    """Neighbouring scores."""

    mean_score: float
    count: int
    fakes: int

    @property
    def share_of_fakes(self) -> float:
        """What the scores of a calibrated model would be here."""
        return self.fakes / self.count


def equal_mass_bins(scores: Values, fake: Labels, count: int) -> list[Bin]:
    """At most ``count`` bins, by rising score.

    Equal scores are never split over two bins: which of them came into which would be chance. So a
    bin of saturated scores may be larger than the others, and the bins fewer.
    """
    order = np.argsort(scores, kind="stable")
    ranked, labels = scores[order], fake[order]
    cuts = [len(ranked) * n // count for n in range(1, count)]
    # Each cut is moved behind the last of the scores that equal the one before it.
    ends = {int(np.searchsorted(ranked, ranked[cut - 1], side="right")) for cut in cuts if cut}
    edges = sorted({0, *ends, len(ranked)})
    return [
        Bin(
            mean_score=float(ranked[begin:end].mean()),
            count=end - begin,
            fakes=int(labels[begin:end].sum()),
        )
        for begin, end in pairwise(edges)
    ]
