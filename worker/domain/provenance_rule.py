"""What provenance may change: the advice, one step towards a person, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.provenance import Indication, Provenance, Says, SignalKind, Strength
from worker.domain.verdict import ActionHint, Label

SPEAKS_OF_AI = frozenset(
    {
        Indication.AI_GENERATED,
        Indication.AI_EDITED,
        Indication.AI_SUSPECTED,
        Indication.CONFLICTING,
    }
)
"""A conflict always has a signal of AI on one side: whoever pastes a camera's EXIF into a labelled
picture gets no further than without."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The action hint after the provenance was looked at."""

    action: ActionHint
    note: str | None = None
    """Why it is another one, in our words; None where it is the same."""


def advise(provenance: Provenance, label: Label, action: ActionHint) -> Advice:
    """The action hint, given what the file says of itself, by this rule.

    1. The score and the label stay as the pixels made them.
    2. ``allow`` becomes ``review`` where the pixels say ``authentic`` and the indication is
       ``ai_generated``, ``ai_edited``, ``ai_suspected`` or ``conflicting``. To add such a signal
       costs nothing, so it brings a person, and never a block.
    3. ``block`` becomes ``review`` where a ``signed_trusted`` C2PA manifest says ``captured`` and
       nothing as strong contradicts it. To remove a signal costs nothing either, so nothing less
       than a trusted signature, and no absence, ever speaks for a file.
    4. Nothing becomes ``allow``, nothing becomes ``block``, and ``review`` stays.

    Not for a person's own decision (an override): that stands as it is.
    """
    indication = provenance.indication
    if action is ActionHint.ALLOW and label is Label.AUTHENTIC and indication in SPEAKS_OF_AI:
        return Advice(ActionHint.REVIEW, f"its provenance says {indication.value}")
    if action is ActionHint.BLOCK and _trusted_capture(provenance):
        return Advice(ActionHint.REVIEW, "a trusted signature says that a camera captured it")
    return Advice(action)


def _trusted_capture(provenance: Provenance) -> bool:
    return provenance.indication is Indication.CAPTURED and any(
        signal.kind is SignalKind.C2PA
        and signal.strength is Strength.SIGNED_TRUSTED
        and signal.says is Says.CAPTURED
        for signal in provenance.signals
    )
