"""Outcomes whose every text is somebody's attack."""

from __future__ import annotations

from typing import Any

from tests.support.factories import NOON, make_facts, make_identity, make_record, make_verdict
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Reason
from worker.domain.lineage import Lineage
from worker.domain.provenance import Provenance, ProvenanceSignal, Says, SignalKind, Strength
from worker.domain.taxonomy import Dimension
from worker.domain.verdict import Finding, VerdictEvent


def verdict_of(text: str, **changes: Any) -> VerdictEvent:
    """A verdict with the text wherever a text may stand, checked or not."""
    signal = ProvenanceSignal.model_construct(
        kind=SignalKind.GENERATOR_NAMED,
        says=Says.AI_GENERATED,
        strength=Strength.UNSIGNED,
        detail=text,
        generator=text,
        model=text,
    )
    values: dict[str, Any] = {
        "event_id": text,
        "content_id": text,
        "tenant": text,
        "surface": text,
        "explanation": text,
        "uncertain_because": text,
        "action_notes": [text],
        "findings": [
            Finding(
                dimension=Dimension.ABNORMAL_TEXTURE,
                axis=Dimension.ABNORMAL_TEXTURE.axis,
                evidence=text,
                start=0,
                end=len(text),
            )
        ],
        "provenance": Provenance.model_construct(signals=(signal,)),
        "model": make_identity().model_copy(update={"id": text, "revision": text}),
        "media": make_facts().model_copy(update={"mime": text, "codec": text, "duration_s": 1.0}),
        "context": {text: text},
    }
    return make_verdict().model_copy(update={**values, **changes})


def letter_of(text: str) -> DeadLetter:
    """A dead letter, likewise."""
    record = make_record(text.encode(errors="backslashreplace"), headers=((text, b"x"),))
    return DeadLetter(
        record=record,
        reason=Reason.MEDIA_UNDECODABLE,
        detail=text,
        error_class="Poison",
        lineage=Lineage.of(record),
        attempts=1,
        first_failure_at=NOON,
        last_failure_at=NOON,
        event_id=text,
        tenant=text,
    )
