"""From an answer to a label: where thresholds, and a person's override, decide."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.answer import Answer, Conclusion, Override, Score, ScoreKind
from worker.domain.verdict import ActionHint, Label, Thresholds

MIN_MASS = 0.5
"""Below this the model believed most in words that are no labels: its score means nothing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy makes of an answer."""

    label: Label
    action: ActionHint
    score: Score
    uncertain_because: str | None = None


def decide(answer: Answer, thresholds: Thresholds, override: Override | None = None) -> Decision:
    """Apply the thresholds; a human override wins over them.

    An answer with a problem is ``uncertain`` and goes to review, whatever its score: a guess
    must not be dressed as an answer.
    """
    if override is not None and override.conclusion is not Conclusion.NONE:
        return _decided_by_a_person(override)
    score = answer.score
    if answer.problem is not None:
        return Decision(Label.UNCERTAIN, ActionHint.REVIEW, score, answer.problem)
    if score.value is None:
        return Decision(Label.UNCERTAIN, ActionHint.REVIEW, score, "the answer has no score")
    if score.mass is not None and score.mass < MIN_MASS:
        return Decision(
            Label.UNCERTAIN,
            ActionHint.REVIEW,
            score,
            f"the label words hold only {score.mass:.2f} of the model's belief",
        )
    if score.value < thresholds.authentic_below:
        return Decision(Label.AUTHENTIC, ActionHint.ALLOW, score)
    if score.value < thresholds.ai_generated_from:
        return Decision(
            Label.UNCERTAIN, ActionHint.REVIEW, score, "the score lies in the uncertain band"
        )
    action = ActionHint.BLOCK if score.value >= thresholds.block_from else ActionHint.REVIEW
    return Decision(Label.AI_GENERATED, action, score)


def _decided_by_a_person(override: Override) -> Decision:
    fake = override.conclusion is Conclusion.FAKE
    score = Score(value=1.0 if fake else 0.0, kind=ScoreKind.HUMAN)
    if fake:
        return Decision(Label.AI_GENERATED, ActionHint.BLOCK, score)
    return Decision(Label.AUTHENTIC, ActionHint.ALLOW, score)
