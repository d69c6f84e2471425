"""P(AI-generated) from the label words' log probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterable

from worker.domain.answer import Score, ScoreKind
from worker.domain.generation import AnswerForm, LabelLogprobs


def score(
    logprobs: LabelLogprobs | None,
    *,
    forced: bool = False,
    form: AnswerForm = AnswerForm.THINK_FIRST,
) -> Score:
    """P(fake) = sum of fake's variants / sum of all label variants, at the verdict position.

    The denominator is published as the mass: near 1 the model was answering the question, near 0
    it was somewhere else and the ratio means nothing.
    """
    if logprobs is None:
        return Score(value=None, kind=ScoreKind.NONE)
    fake = _probability(logprobs.ai_generated.values())
    real = _probability(logprobs.authentic.values())
    mass = fake + real
    if not mass > 0:
        return Score(value=None, kind=ScoreKind.NONE, mass=0.0)
    return Score(value=min(1.0, fake / mass), kind=_kind(forced, form), mass=min(1.0, mass))


def _kind(forced: bool, form: AnswerForm) -> ScoreKind:
    if form is AnswerForm.VERDICT_FIRST:
        return ScoreKind.VERDICT_FIRST
    return ScoreKind.FORCED_CONCLUSION if forced else ScoreKind.LABEL_LOGPROBS


def _probability(logprobs: Iterable[float]) -> float:
    return math.fsum(math.exp(logprob) for logprob in logprobs)
