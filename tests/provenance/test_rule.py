"""The two written rules, case by case."""

from __future__ import annotations

import itertools

import pytest
from pydantic import ValidationError

from worker.domain.provenance import (
    Indication,
    Provenance,
    ProvenanceSignal,
    Says,
    SignalKind,
    Strength,
    indicate,
)
from worker.domain.provenance_rule import advise
from worker.domain.verdict import ActionHint, Label

TRUSTED, SIGNED = Strength.SIGNED_TRUSTED, Strength.SIGNED
UNSIGNED, BROKEN = Strength.UNSIGNED, Strength.BROKEN_SIGNATURE
ALLOW, REVIEW, BLOCK = ActionHint.ALLOW, ActionHint.REVIEW, ActionHint.BLOCK


def signal(
    says: Says, strength: Strength = UNSIGNED, kind: SignalKind | None = None
) -> ProvenanceSignal:
    signed = SignalKind.IPTC_DIGITAL_SOURCE_TYPE if strength is UNSIGNED else SignalKind.C2PA
    return ProvenanceSignal(kind=kind or signed, says=says, strength=strength, detail="as a test")


def of(*signals: ProvenanceSignal) -> Provenance:
    return Provenance(signals=signals)


@pytest.mark.parametrize(
    ("said", "indication"),
    [
        ([], "none"),
        ([(Says.UNKNOWN, UNSIGNED)], "none"),
        ([(Says.HUMAN_MADE, TRUSTED)], "none"),
        ([(Says.AI_GENERATED, UNSIGNED)], "ai_generated"),
        ([(Says.AI_EDITED, UNSIGNED)], "ai_edited"),
        ([(Says.AI_SUSPECTED, UNSIGNED)], "ai_suspected"),
        ([(Says.CAPTURED, UNSIGNED)], "captured"),
        # A broken signature counts for nothing.
        ([(Says.AI_GENERATED, BROKEN)], "none"),
        ([(Says.CAPTURED, BROKEN), (Says.AI_GENERATED, UNSIGNED)], "ai_generated"),
        # Stronger beats weaker.
        ([(Says.CAPTURED, SIGNED), (Says.AI_GENERATED, UNSIGNED)], "captured"),
        ([(Says.CAPTURED, SIGNED), (Says.AI_GENERATED, TRUSTED)], "ai_generated"),
        ([(Says.UNKNOWN, TRUSTED), (Says.AI_GENERATED, UNSIGNED)], "ai_generated"),
        ([(Says.HUMAN_MADE, SIGNED), (Says.AI_GENERATED, UNSIGNED)], "none"),
        # Contradictions of equal strength.
        ([(Says.CAPTURED, UNSIGNED), (Says.AI_GENERATED, UNSIGNED)], "conflicting"),
        ([(Says.HUMAN_MADE, UNSIGNED), (Says.AI_GENERATED, UNSIGNED)], "conflicting"),
        ([(Says.CAPTURED, UNSIGNED), (Says.AI_SUSPECTED, UNSIGNED)], "conflicting"),
        # What was edited was something before.
        ([(Says.CAPTURED, UNSIGNED), (Says.AI_EDITED, UNSIGNED)], "ai_edited"),
        ([(Says.AI_EDITED, UNSIGNED), (Says.AI_GENERATED, UNSIGNED)], "ai_generated"),
    ],
)
def test_what_signals_add_up_to(said: list[tuple[Says, Strength]], indication: str) -> None:
    signals = [signal(*one) for one in said]
    for order in itertools.permutations(signals):
        assert indicate(order) == indication
        assert of(*order).indication == indication


def test_an_indication_stated_by_the_other_side_is_not_believed() -> None:
    found = of(signal(Says.AI_GENERATED))
    lie = found.model_dump(mode="json") | {"indication": "captured"}
    assert Provenance.model_validate(lie) == found
    assert Provenance.model_validate({"indication": "captured"}).indication is Indication.NONE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("detail", "x" * 301),
        ("generator", "x" * 101),
        ("model", "a\nb"),
        ("signer", "a\u202eb"),
        ("camera", "\x00"),
        ("digital_source_type", "\ud800"),
        ("prompt", "a castle"),
    ],
)
def test_the_model_holds_the_other_side_to_its_bounds(field: str, value: str) -> None:
    good = signal(Says.AI_GENERATED).model_dump(mode="json")
    with pytest.raises(ValidationError):
        Provenance.model_validate({"signals": [{**good, field: value}]})


def test_there_are_not_too_many_signals() -> None:
    good = signal(Says.AI_GENERATED).model_dump(mode="json")
    with pytest.raises(ValidationError):
        Provenance.model_validate({"signals": [good] * 17})


SPEAKS_OF_AI = [
    of(signal(Says.AI_GENERATED)),
    of(signal(Says.AI_EDITED)),
    of(signal(Says.AI_SUSPECTED)),
    of(signal(Says.AI_GENERATED), signal(Says.CAPTURED)),
    of(signal(Says.AI_GENERATED, TRUSTED)),
]
CAPTURE = of(signal(Says.CAPTURED, TRUSTED))
SILENT = [
    of(),
    of(signal(Says.UNKNOWN)),
    of(signal(Says.HUMAN_MADE)),
    of(signal(Says.CAPTURED)),
    of(signal(Says.CAPTURED, SIGNED)),
    of(signal(Says.CAPTURED, BROKEN)),
    of(signal(Says.AI_GENERATED, BROKEN)),
    # Trusted, but not by a signature: no such signal is made, and none would count.
    of(signal(Says.CAPTURED, TRUSTED, SignalKind.EXIF_CAMERA)),
]


@pytest.mark.parametrize("found", SPEAKS_OF_AI)
def test_authentic_pixels_with_provenance_of_ai_go_to_a_person(found: Provenance) -> None:
    advice = advise(found, Label.AUTHENTIC, ALLOW)
    assert advice.action is REVIEW
    assert advice.note is not None
    assert found.indication in advice.note


def test_a_trusted_capture_brings_a_block_to_a_person() -> None:
    advice = advise(CAPTURE, Label.AI_GENERATED, BLOCK)
    assert advice.action is REVIEW
    assert advice.note is not None


def test_a_trusted_capture_with_something_trusted_against_it_does_not() -> None:
    found = of(signal(Says.CAPTURED, TRUSTED), signal(Says.AI_GENERATED, TRUSTED))
    assert advise(found, Label.AI_GENERATED, BLOCK).action is BLOCK


@pytest.mark.parametrize("found", SILENT)
@pytest.mark.parametrize("label", Label)
@pytest.mark.parametrize("action", ActionHint)
def test_nothing_else_changes_anything(found: Provenance, label: Label, action: ActionHint) -> None:
    advice = advise(found, label, action)
    assert (advice.action, advice.note) == (action, None)


@pytest.mark.parametrize("found", [*SPEAKS_OF_AI, CAPTURE, *SILENT])
@pytest.mark.parametrize("label", Label)
@pytest.mark.parametrize("action", ActionHint)
def test_it_only_ever_goes_to_review(found: Provenance, label: Label, action: ActionHint) -> None:
    assert advise(found, label, action).action in {action, REVIEW}
