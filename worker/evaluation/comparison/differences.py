"""How far two runs are apart, with paired intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from worker.evaluation.comparison.pairs import Pair
from worker.evaluation.metrics import ranking, words
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.estimate import DIGITS, Estimate, bootstrapped, unknown


class Difference(BaseModel):
    """One metric of both runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: float | None
    after: float | None
    difference: Estimate = Field(description="After less before; each resample is of pairs.")


class Differences(BaseModel):
    """Of some pairs. A failure to answer is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accuracy: Difference
    balanced_accuracy: Difference
    macro_f1: Difference
    auc: Difference = Field(description="Of media that have a score in both runs.")

    def named(self, metric: str) -> Difference:
        """By its name, which is one of ``METRICS``."""
        found: Difference = getattr(self, metric)
        return found


METRICS = tuple(Differences.model_fields)


def differences(pairs: Sequence[Pair], *, resamples: int, seed: int) -> Differences:
    """Media are drawn within each label, and both runs' answers about a media together."""
    before = Answers.of([pair.before for pair in pairs])
    after = Answers.of([pair.after for pair in pairs])
    return Differences(
        accuracy=_of_words("accuracy", before, after, resamples, seed),
        balanced_accuracy=_of_words("balanced_accuracy", before, after, resamples, seed),
        macro_f1=_of_words("macro_f1", before, after, resamples, seed),
        auc=auc_difference(pairs, resamples=resamples, seed=seed),
    )


def _of_words(name: str, before: Answers, after: Answers, resamples: int, seed: int) -> Difference:
    both = before.reals and before.fakes
    if not both and name != "accuracy":
        return Difference(
            before=None, after=None, difference=unknown(len(before), "it needs both labels")
        )
    metric = {
        "accuracy": words.accuracy,
        "balanced_accuracy": words.balanced_accuracy,
        "macro_f1": words.macro_f1,
    }[name]
    # What both said about a media of one label: pairs of words, drawn together.
    joint = np.zeros((2, 3, 3), dtype=np.int64)
    np.add.at(joint, (before.fake.astype(np.intp), before.said, after.said), 1)
    rng = np.random.default_rng(seed)
    drawn = np.zeros((resamples, *joint.shape), dtype=np.int64)
    for label in range(2):
        there = int(joint[label].sum())
        if there:
            cells = rng.multinomial(there, joint[label].ravel() / there, size=resamples)
            drawn[:, label] = cells.reshape(resamples, 3, 3)
    one, other = float(metric(joint.sum(axis=2))), float(metric(joint.sum(axis=1)))
    apart = metric(drawn.sum(axis=2)) - metric(drawn.sum(axis=3))
    return Difference(
        before=round(one, DIGITS),
        after=round(other, DIGITS),
        difference=bootstrapped(other - one, apart, len(before)),
    )


def auc_difference(pairs: Sequence[Pair], *, resamples: int, seed: int) -> Difference:
    """Of media that have a score in both runs."""
    before = Answers.of([pair.before for pair in pairs])
    after = Answers.of([pair.after for pair in pairs])
    scored = ~(np.isnan(before.score) | np.isnan(after.score))
    before, after = before.where(scored), after.where(scored)
    if not before.reals or not before.fakes:
        return Difference(
            before=None,
            after=None,
            difference=unknown(len(before), "it needs scores of both labels"),
        )
    one, other = (ranking.Ranked.of(each.score, each.fake) for each in (before, after))
    rng = np.random.default_rng(seed)
    apart = [
        ranking.auc(*other.drawn(*places)) - ranking.auc(*one.drawn(*places))
        for places in ranking.draws(before.reals, before.fakes, resamples, rng)
    ]
    first, second = (float(ranking.auc(*each.counts())) for each in (one, other))
    return Difference(
        before=round(first, DIGITS),
        after=round(second, DIGITS),
        difference=bootstrapped(second - first, np.concatenate(apart), len(before)),
    )
