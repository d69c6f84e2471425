"""Leave one generator out: what a threshold and a calibration give on one they never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from worker.calibration.fit import MIN_PER_CLASS
from worker.calibration.methods import apply_all, fit_mapping
from worker.calibration.sample import Labels, Values
from worker.domain.score_mapping import Method, Temperature
from worker.evaluation.metrics.estimate import DIGITS, Estimate, proportion
from worker.evaluation.outcome import Outcome
from worker.labelled.items import Truth

Reals = Literal["its own", "half of all"]

HALVES = 2


class HeldOut(BaseModel):
    """One generator, and what was fitted to all the others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    generator: str
    fakes: int
    reals: int = Field(description="Real media that the figures are on, none of them fitted to.")
    reals_are: Reals
    fitted_on: int = Field(description="Media of the other generators, and the other real ones.")
    threshold: float = Field(description="Of the best balanced accuracy on the others.")
    recall: Estimate = Field(description="Its fakes found at that threshold.")
    false_alarms: Estimate = Field(description="Real media flagged at that threshold.")
    balanced_accuracy: float
    balanced_accuracy_at_half: float = Field(description="The same at 0.5, nothing fitted.")
    temperature: float
    brier_raw: float
    brier_calibrated: float = Field(description="With the temperature fitted to the others.")


def leave_one_out(outcomes: Sequence[Outcome]) -> tuple[list[HeldOut], list[str]]:
    """A row for each generator, and why others have none.

    A generator with real media of its own (as in GenImage) is held out with them. Otherwise half
    of the real media, those whose hash is even, is fitted to, and the other half measured on.
    """
    scored = [one for one in outcomes if one.score.value is not None and one.sha256 is not None]
    names = sorted({one.group for one in scored if one.group and one.label is Truth.FAKE})
    if len(names) < HALVES:
        return [], ["it needs two generators that are named"]
    rows: list[HeldOut] = []
    missing: dict[str, list[str]] = {}
    for name in names:
        found = _row(name, scored)
        if isinstance(found, str):
            missing.setdefault(found, []).append(name)
        else:
            rows.append(found)
    return rows, [f"{', '.join(without)}: {why}" for why, without in missing.items()]


def _row(name: str, scored: Sequence[Outcome]) -> HeldOut | str:
    own = any(one.group == name and one.label is Truth.REAL for one in scored)
    test = [one for one in scored if _tested(one, name, own=own)]
    kinds = {one.kind for one in test if one.label is Truth.FAKE}
    test = [one for one in test if one.kind in kinds]
    fit = [one for one in scored if one.group != name and not _tested(one, name, own=own)]
    score, fake = _arrays(fit)
    if min(int(fake.sum()), int((~fake).sum())) < MIN_PER_CLASS:
        return f"fewer than {MIN_PER_CLASS} real or fake media are left to fit to"
    test_score, test_fake = _arrays(test)
    if test_fake.all():
        return "there are no real media of its kind to measure on"
    threshold = best_threshold(score, fake)
    mapping = fit_mapping(Method.TEMPERATURE, score, fake)
    assert isinstance(mapping, Temperature)
    flagged = test_score >= threshold
    return HeldOut(
        generator=name,
        fakes=int(test_fake.sum()),
        reals=int((~test_fake).sum()),
        reals_are="its own" if own else "half of all",
        fitted_on=len(fit),
        threshold=round(threshold, DIGITS),
        recall=proportion(int(flagged[test_fake].sum()), int(test_fake.sum())),
        false_alarms=proportion(int(flagged[~test_fake].sum()), int((~test_fake).sum())),
        balanced_accuracy=_balanced(test_score >= threshold, test_fake),
        balanced_accuracy_at_half=_balanced(test_score >= 1 / 2, test_fake),
        temperature=mapping.temperature,
        brier_raw=_brier(test_score, test_fake),
        brier_calibrated=_brier(apply_all(mapping, test_score), test_fake),
    )


def _tested(one: Outcome, name: str, *, own: bool) -> bool:
    if one.label is Truth.FAKE or own:
        return one.group == name
    assert one.sha256 is not None
    return int(one.sha256[-1], 16) % HALVES == 1


def _arrays(outcomes: Sequence[Outcome]) -> tuple[Values, Labels]:
    return (
        np.array([one.score.value for one in outcomes], dtype=np.float64),
        np.array([one.label is Truth.FAKE for one in outcomes], dtype=np.bool_),
    )


def best_threshold(score: Values, fake: Labels) -> float:
    """Of the best balanced accuracy, in the middle between two scores (Youden, 1950)."""
    different = np.unique(score)
    found = _share_from(score[fake], different)
    wrong = _share_from(score[~fake], different)
    best = int(np.argmax(found - wrong))
    below = different[best - 1] if best else 0.0
    return float((different[best] + below) / 2)


def _share_from(score: Values, thresholds: Values) -> Values:
    """Of the scores at or above each threshold."""
    return np.asarray(1 - np.searchsorted(np.sort(score), thresholds) / len(score))


def _balanced(flagged: Labels, fake: Labels) -> float:
    return round(float(flagged[fake].mean() + (~flagged[~fake]).mean()) / 2, DIGITS)


def _brier(score: Values, fake: Labels) -> float:
    return round(float(np.square(score - fake).mean()), DIGITS)
