"""Two passes: a verdict first, and a second one that thinks where it pays."""

from __future__ import annotations

from worker.domain.answer import Answer, ExplanationMode, Score, Trigger, TwoPasses
from worker.domain.policy import MIN_MASS
from worker.domain.procedure import Cascade

DRAWN_BITS = 64
"""Of the content's hash, taken as a number between 0 and 1: as good as drawn, and repeatable."""

MIDDLE = 0.5


def second_look(first: Answer, sha256: str, cascade: Cascade) -> Trigger | None:
    """Why the model should think about it, too; None where its first word is enough.

    A first pass that gave no usable score is as unsure as one in the band.
    """
    score = first.score
    if first.problem is not None or score.value is None or (score.mass or 0.0) < MIN_MASS:
        return Trigger.BAND
    if cascade.think_from <= score.value <= cascade.think_to:
        return Trigger.BAND
    if cascade.explain_flagged and score.value > cascade.think_to:
        return Trigger.FLAGGED
    drawn = int(sha256[: DRAWN_BITS // 4], 16) / 2**DRAWN_BITS
    return Trigger.SAMPLE if drawn < cascade.sample else None


def combine(first: Answer, second: Answer, trigger: Trigger) -> Answer:
    """One answer out of two passes.

    In the band the second one counts, whole. Elsewhere the first one's score does, and the
    second's reasoning goes along as what it is: a rationale that came after.
    """
    both = {
        "two_passes": TwoPasses(
            verdict_first=first.score,
            think_first=second.score,
            trigger=trigger,
            agree=_side(first.score) == _side(second.score),
        ),
        "prompt_tokens": first.prompt_tokens + second.prompt_tokens,
        "completion_tokens": first.completion_tokens + second.completion_tokens,
    }
    if trigger is Trigger.BAND:
        return second.model_copy(update=both)
    return first.model_copy(
        update={
            **both,
            "explanation": second.explanation,
            "explanation_mode": ExplanationMode.POST_HOC
            if second.explanation
            else ExplanationMode.NONE,
        }
    )


def _side(score: Score) -> bool | None:
    return None if score.value is None else score.value > MIDDLE
