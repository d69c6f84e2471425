"""The mapping that suits a sample best, judged on items that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from worker.calibration.extra import require_extra
from worker.calibration.methods import Unfit, apply_all, fit_mapping
from worker.calibration.quality import Places, quality_of
from worker.calibration.sample import Sample, Values
from worker.domain.calibration import Calibration, Evaluation, FittedOn, Quality
from worker.domain.score_mapping import Method

FOLDS = 5

MIN_PER_CLASS = 20
"""Items of each class: ten for each parameter (Peduzzi et al., 1996), and Platt's line has two. The
floor, and no advice: see docs/scores.md."""

MIN_FOR_ISOTONIC = 1000
"""Items from which isotonic regression is tried by itself: below, it fits the chance in a set and
loses to Platt's line (Niculescu-Mizil & Caruana, 2005)."""

CHANCE = 0.05
"""A set ranks better than chance where chance would do as well in fewer than 5 % of sets of its
size (Mann & Whitney, 1947, one-sided)."""

NAME_LENGTH = 200
"""Characters of a set's name that are kept."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """A calibration, and what it was chosen from."""

    sample: Sample
    calibration: Calibration
    compared: dict[Method, Quality]
    """Each method's quality, out of fold."""
    out_of_fold: Values
    """The sample's scores by the chosen method, out of fold, shape ``(items,)``."""

    @property
    def improves(self) -> bool:
        """Whether the calibrated scores are better than the raw ones on items not seen."""
        evaluation = self.calibration.evaluation
        return evaluation.calibrated.log_loss < evaluation.raw.log_loss


def fit(sample: Sample, *, now: datetime, method: Method | None = None, seed: int = 0) -> Fitting:
    """Fit ``method``, or else the one with the least out-of-fold log loss.

    Deterministic for a sample and a seed. Raises ``Unfit`` for a sample that is too small, has one
    class only or whose scores tell nothing, and ``ExtraMissing`` without scikit-learn.
    """
    require_extra()
    _check(sample)
    folds = _folds(sample, seed)
    wanted = [method] if method is not None else _allowed(sample)
    tried = {each: _out_of_fold(each, sample, folds) for each in wanted}
    scores = {each: found for each, found in tried.items() if found is not None}
    if not scores:
        raise Unfit("a higher score does not go with more fakes in some part of the set")
    compared = {each: quality_of(found, sample.fake, folds) for each, found in scores.items()}
    chosen = min(compared, key=lambda each: compared[each].log_loss)
    calibration = Calibration.of(
        score_kind=sample.kind,
        model=sample.model,
        mapping=fit_mapping(chosen, sample.raw, sample.fake),
        fitted_on=FittedOn(
            name=sample.name[:NAME_LENGTH], real=sample.reals, fake=sample.fakes, fitted_at=now
        ),
        evaluation=Evaluation(
            folds=FOLDS,
            seed=seed,
            raw=quality_of(sample.raw, sample.fake, folds),
            calibrated=compared[chosen],
        ),
    )
    return Fitting(sample, calibration, compared, scores[chosen])


def check_counts(real: int, fake: int) -> None:
    """Raises ``Unfit`` for too few of a class. Also for a set that is not scored yet."""
    counted = f"{real} real and {fake} fake"
    if min(real, fake) == 0:
        raise Unfit(f"both classes are needed, and there are {counted}")
    if min(real, fake) < MIN_PER_CLASS:
        raise Unfit(f"at least {MIN_PER_CLASS} of each class are needed, and there are {counted}")


def _check(sample: Sample) -> None:
    from scipy.stats import mannwhitneyu

    check_counts(sample.reals, sample.fakes)
    raw, fake = sample.raw, sample.fake
    ranks = mannwhitneyu(raw[fake], raw[~fake], alternative="greater", method="asymptotic")
    if not ranks.pvalue < CHANCE:
        auc = float(ranks.statistic) / (sample.reals * sample.fakes)
        raise Unfit(
            f"the scores do not rank fakes above real ones better than chance would (AUC {auc:.3f}"
            f" on {len(raw)} items): no calibration can help"
        )


def _allowed(sample: Sample) -> list[Method]:
    methods = [Method.TEMPERATURE, Method.PLATT]
    if len(sample.raw) >= MIN_FOR_ISOTONIC:
        methods.append(Method.ISOTONIC)
    return methods


def _out_of_fold(method: Method, sample: Sample, folds: Sequence[Places]) -> Values | None:
    """Each item's score by a mapping fitted to the other folds; None where one cannot be fitted."""
    scores = np.empty_like(sample.raw)
    for unseen in folds:
        seen = np.ones(len(scores), dtype=np.bool_)
        seen[unseen] = False
        try:
            mapping = fit_mapping(method, sample.raw[seen], sample.fake[seen])
        except Unfit:
            return None
        scores[unseen] = apply_all(mapping, sample.raw[unseen])
    return scores


def _folds(sample: Sample, seed: int) -> list[Places]:
    """Each item is in one of them, and each has its share of both classes."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(n_splits=FOLDS, shuffle=True, random_state=seed)
    return [unseen for _, unseen in folds.split(sample.raw, sample.fake)]
