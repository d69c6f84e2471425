"""When text in a picture makes its answer one for a person."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.typography import Claim, TextSeen

WORTH_SHARE = 0.005
"""Part of the frame that text must cover to be worth a second question: a caption of two words.
Less than that is a time stamp, or a brand on a shirt; a claim is worth it in any size."""

MOVED = 0.25
"""In P(AI-generated), between the answers with and without the text: far above what bfloat16, or
a few pixels of a picture without text, move it by."""

MOSTLY_TEXT = 0.5
"""Part of the frame from which nothing is left to judge once the text is masked."""

MIDDLE = 0.5


@dataclass(frozen=True, slots=True)
class Steering:
    """Whether the answer may hang on the text, and why."""

    steered: bool
    note: str | None = None


def worth_asking_again(seen: TextSeen) -> bool:
    """Whether a second question, with the text masked, pays."""
    if seen.share >= MOSTLY_TEXT:
        return False
    return seen.claim is not Claim.NONE or seen.share >= WORTH_SHARE


def steering(seen: TextSeen, score: float | None, masked: float | None) -> Steering:
    """Whether text steers the answer, by this rule. Scores are as the model gave them.

    1. Text that states something about the picture's own origin always goes to a person: it is
       true or it is an attack, and the model cannot tell which.
    2. Text that states nothing does where masking it moves P by ``MOVED``, or over the middle by
       half of that.
    3. Where text covers most of the frame, masking leaves nothing to judge: only rule 1 applies.
    """
    if seen.claim is Claim.AUTHENTIC:
        return Steering(True, "text in the picture claims that it is real")
    if seen.claim is Claim.AI_GENERATED:
        return Steering(True, "text in the picture claims that it is AI-generated")
    if score is None or masked is None:
        return Steering(False)
    moved = abs(score - masked)
    crossed = (score > MIDDLE) != (masked > MIDDLE)
    if moved >= MOVED or (crossed and moved >= MOVED / 2):
        return Steering(
            True, f"without the text in the picture the score is {masked:.2f}, not {score:.2f}"
        )
    return Steering(False)
