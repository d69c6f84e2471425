"""How good scores are as probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from worker.calibration.bins import equal_mass_bins
from worker.calibration.sample import Labels, Values
from worker.domain.calibration import BINS, Quality
from worker.domain.score_mapping import EPSILON

Places = npt.NDArray[np.intp]
"""Places of items in a sample."""

DIGITS = 6
"""Of a metric: what differs beyond it from machine to machine is rounding."""


def quality_of(scores: Values, fake: Labels, folds: Sequence[Places]) -> Quality:
    """See ``Quality``. Each fold has both classes. Scores are held ``EPSILON`` off 0 and 1."""
    from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

    held = np.clip(scores, EPSILON, 1 - EPSILON)
    auc = np.mean([roc_auc_score(fake[fold], scores[fold]) for fold in folds])
    return Quality(
        log_loss=round(float(log_loss(fake, held)), DIGITS),
        brier=round(float(brier_score_loss(fake, held)), DIGITS),
        ece=round(calibration_error(held, fake), DIGITS),
        auc=round(float(auc), DIGITS),
    )


def calibration_error(scores: Values, fake: Labels, bins: int = BINS) -> float:
    """Expected calibration error over bins of equal mass: see ``Quality.ece`` for its sources."""
    apart = (
        each.count * abs(each.mean_score - each.share_of_fakes)
        for each in equal_mass_bins(scores, fake, bins)
    )
    return sum(apart) / len(scores)
