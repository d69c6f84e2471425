"""All metrics of some answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from worker.calibration.quality import calibration_error
from worker.evaluation.metrics import ranking, words
from worker.evaluation.metrics.answers import FAKE, NOTHING, REAL, SAID, Answers
from worker.evaluation.metrics.estimate import (
    DIGITS,
    Estimate,
    bootstrapped,
    proportion,
    unknown,
)

NO_SCORE = "no answer has a score"
ONE_CLASS = "there are no {}: it needs both labels"
TOO_FEW = "{} real media are too few: {} are needed to tell a rate of {:g} %"
FEW = "rests on the {} highest-scored real media"

SURE_FROM = 10
"""Real media above a threshold from which on its place is more than chance. With as many, their
number varies by a third (one standard deviation of a Poisson count is its root)."""


class Summary(BaseModel):
    """The metrics of one group of answers. Fake is the positive label.

    An answer without a conclusion counts as wrong, but in ``accuracy_on_parsed``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: int
    reals: int
    fakes: int
    scored: int = Field(description="Answers with a score: those that ranking rests on.")
    confusion: dict[str, dict[str, int]] = Field(description="What it was, by what was said.")
    accuracy_on_parsed: Estimate
    parse_failure_rate: Estimate
    accuracy: Estimate = Field(description="Failures to answer are errors.")
    balanced_accuracy: Estimate
    macro_f1: Estimate
    weighted_f1: Estimate = Field(
        description="As the authors' script has it: weighted by label, although the paper says"
        " macro."
    )
    recall_real: Estimate = Field(description="Accuracy on real media; 1 less the false alarms.")
    recall_fake: Estimate = Field(description="Accuracy on fake media.")
    auc: Estimate
    average_precision: Estimate
    tpr_at_fpr_1: Estimate = Field(description="Fakes found where 1 % of the reals are flagged.")
    tpr_at_fpr_01: Estimate = Field(description="The same at 0.1 %.")
    brier: Estimate
    ece: Estimate = Field(description="Over bins of equally many items; without an interval.")


def summarise(answers: Answers, *, resamples: int, seed: int) -> Summary:
    """Measure everything that can be. The same answers and seed give the same intervals."""
    rng = np.random.default_rng(seed)
    counts = answers.counts()
    drawn = words.resampled_counts(counts, resamples, rng)
    right = int(counts[REAL, REAL] + counts[FAKE, FAKE])
    silent = int(counts[:, NOTHING].sum())

    def both(metric: Callable[[words.Counts], words.Shares]) -> Estimate:
        if (missing := _missing(answers)) is not None:
            return unknown(len(answers), ONE_CLASS.format(missing))
        return bootstrapped(float(metric(counts)), metric(drawn), len(answers))

    return Summary(
        items=len(answers),
        reals=answers.reals,
        fakes=answers.fakes,
        scored=len(answers.scored),
        confusion={
            label: {SAID[word] or "nothing": int(row[word]) for word in range(len(SAID))}
            for label, row in zip(("real", "fake"), counts, strict=True)
        },
        accuracy_on_parsed=proportion(right, len(answers) - silent),
        parse_failure_rate=proportion(silent, len(answers)),
        accuracy=proportion(right, len(answers)),
        balanced_accuracy=both(words.balanced_accuracy),
        macro_f1=both(words.macro_f1),
        weighted_f1=both(words.weighted_f1),
        recall_real=proportion(int(counts[REAL, REAL]), answers.reals),
        recall_fake=proportion(int(counts[FAKE, FAKE]), answers.fakes),
        **_of_scores(answers.scored, resamples, rng),
    )


def auc_of(answers: Answers, *, resamples: int, seed: int) -> Estimate:
    """The AUC alone, of those with a score."""
    scored = answers.scored
    if not len(scored):
        return unknown(0, NO_SCORE)
    if (missing := _missing(scored)) is not None:
        return unknown(len(scored), ONE_CLASS.format(missing))
    ranked = ranking.Ranked.of(scored.score, scored.fake)
    rng = np.random.default_rng(seed)
    drawn = [
        ranking.auc(*ranked.drawn(*places))
        for places in ranking.draws(scored.reals, scored.fakes, resamples, rng)
    ]
    return bootstrapped(float(ranking.auc(*ranked.counts())), np.concatenate(drawn), len(scored))


def _missing(answers: Answers) -> str | None:
    if not answers.reals:
        return "real media"
    return None if answers.fakes else "fake media"


def _of_scores(scored: Answers, resamples: int, rng: np.random.Generator) -> dict[str, Estimate]:
    names = ("auc", "average_precision", "tpr_at_fpr_1", "tpr_at_fpr_01")
    if not len(scored):
        return dict.fromkeys((*names, "brier", "ece"), unknown(0, NO_SCORE))
    probability = {
        "brier": _brier(scored, resamples, rng),
        "ece": Estimate(
            value=round(calibration_error(scored.score, scored.fake), DIGITS), items=len(scored)
        ),
    }
    if (missing := _missing(scored)) is not None:
        return dict.fromkeys(names, unknown(len(scored), ONE_CLASS.format(missing))) | probability
    return dict(zip(names, _of_ranks(scored, resamples, rng), strict=True)) | probability


def _of_ranks(scored: Answers, resamples: int, rng: np.random.Generator) -> list[Estimate]:
    metrics: tuple[Callable[[ranking.Counts, ranking.Counts], ranking.Shares], ...] = (
        ranking.auc,
        ranking.average_precision,
        lambda real, fake: ranking.tpr_at_fpr(real, fake, 0.01),
        lambda real, fake: ranking.tpr_at_fpr(real, fake, 0.001),
    )
    ranked = ranking.Ranked.of(scored.score, scored.fake)
    drawn: list[list[npt.NDArray[np.float64]]] = [[] for _ in metrics]
    for places in ranking.draws(scored.reals, scored.fakes, resamples, rng):
        counted = ranked.drawn(*places)
        for values, metric in zip(drawn, metrics, strict=True):
            values.append(metric(*counted))
    found = [
        bootstrapped(float(metric(*ranked.counts())), np.concatenate(values), len(scored))
        for values, metric in zip(drawn, metrics, strict=True)
    ]
    return [
        *found[:2],
        _checked(found[2], scored.reals, 0.01),
        _checked(found[3], scored.reals, 0.001),
    ]


def _checked(found: Estimate, reals: int, rate: float) -> Estimate:
    """No rate is told that fewer real media than one would make up."""
    allowed = int(reals * rate + 1e-9)
    if allowed < 1:
        return unknown(found.items, TOO_FEW.format(reals, round(1 / rate), 100 * rate))
    if allowed < SURE_FROM:
        return found.model_copy(update={"note": FEW.format(allowed)})
    return found


def _brier(scored: Answers, resamples: int, rng: np.random.Generator) -> Estimate:
    """Mean squared distance of the score to what it was (Brier, 1950)."""
    apart = np.square(scored.score - scored.fake)
    real, fake = apart[~scored.fake], apart[scored.fake]
    drawn = np.zeros(resamples)
    for part in (real, fake):
        if len(part):
            at_once = max(1, ranking.CELLS // len(part))
            for begin in range(0, resamples, at_once):
                size = min(at_once, resamples - begin)
                places = rng.integers(0, len(part), (size, len(part)))
                drawn[begin : begin + size] += part[places].sum(axis=1)
    return bootstrapped(float(apart.mean()), drawn / len(apart), len(apart))
