"""C2PA, with real manifests by a real signer, through the real library."""

from __future__ import annotations

import pytest

from tests.support.c2pa_signer import (
    TITLE,
    Ingredient,
    Signer,
    created,
    edited,
    opened,
    placed,
)
from tests.support.media import image_file, video_file
from worker.decode.sniff import sniff
from worker.domain.provenance import (
    Indication,
    Provenance,
    ProvenanceSignal,
    Says,
    SignalKind,
    Strength,
    ValidationState,
)
from worker.provenance.reader import prepare, read_provenance

JPEG = "image/jpeg"
UNSIGNED_FILES = {
    "image/jpeg": lambda: image_file(0.5, "JPEG"),
    "image/png": lambda: image_file(0.5, "PNG"),
    "image/webp": lambda: image_file(0.5, "WEBP"),
    "image/gif": lambda: image_file(0.5, "GIF"),
    "image/tiff": lambda: image_file(0.5, "TIFF"),
    "image/avif": lambda: image_file(0.5, "AVIF"),
    "image/heif": lambda: image_file(0.5, "HEIF"),
    "video/mp4": lambda: video_file(0.5, frames=4),
    "video/quicktime": lambda: video_file(0.5, container="mov", frames=4),
}


def c2pa(found: Provenance) -> ProvenanceSignal:
    (signal,) = (one for one in found.signals if one.kind is SignalKind.C2PA)
    return signal


def photo() -> bytes:
    return image_file(0.5, "JPEG")


@pytest.mark.parametrize("mime", UNSIGNED_FILES)
def test_a_signed_file_of_each_type_is_valid_and_trusted_with_its_anchor(
    mime: str, signer: Signer, stranger: Signer
) -> None:
    data = signer.sign(
        UNSIGNED_FILES[mime](), mime, [created("trainedAlgorithmicMedia", "Painter 3")]
    )
    assert sniff(data).mime == mime
    signal = c2pa(read_provenance(data, mime))
    assert signal.validation_state is ValidationState.VALID
    assert signal.strength is Strength.SIGNED
    assert signal.says is Says.AI_GENERATED
    assert signal.digital_source_type == "trainedAlgorithmicMedia"
    assert signal.generator == "Test Program 1.2"
    assert signal.model == "Painter 3"
    assert signal.signer == "Camera 1 (Test Cameras)"
    trusted = read_provenance(data, mime, trust_anchors=signer.anchor)
    assert c2pa(trusted).validation_state is ValidationState.TRUSTED
    assert c2pa(trusted).strength is Strength.SIGNED_TRUSTED
    assert trusted.indication is Indication.AI_GENERATED
    by_another = read_provenance(data, mime, trust_anchors=stranger.anchor)
    assert c2pa(by_another).strength is Strength.SIGNED


@pytest.mark.parametrize("mime", UNSIGNED_FILES)
def test_a_file_without_a_manifest_has_no_signal(mime: str) -> None:
    assert read_provenance(UNSIGNED_FILES[mime](), mime) == Provenance()


@pytest.mark.parametrize("mime", UNSIGNED_FILES)
def test_pixels_changed_after_signing_break_the_signature(mime: str, signer: Signer) -> None:
    original = UNSIGNED_FILES[mime]()
    data = bytearray(signer.sign(original, mime, [created("digitalCapture")]))
    # Pixels are the middle of the original, and the original's bytes are all still there.
    some = original[len(original) // 2 :][:24]
    at = bytes(data).rfind(some)
    assert at > 0
    data[at + 12] ^= 0x10
    found = read_provenance(bytes(data), mime, trust_anchors=signer.anchor)
    assert c2pa(found).validation_state is ValidationState.INVALID
    assert c2pa(found).strength is Strength.BROKEN_SIGNATURE
    assert "changed after it was signed" in c2pa(found).detail
    assert found.indication is Indication.NONE


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        ([created("digitalCapture")], Says.CAPTURED),
        ([created("computationalCapture"), edited()], Says.CAPTURED),
        ([created("digitalCreation")], Says.HUMAN_MADE),
        ([created("compositeSynthetic")], Says.AI_EDITED),
        ([created("algorithmicMedia")], Says.UNKNOWN),
        ([created("screenCapture")], Says.UNKNOWN),
        ([created("digitalCapture"), edited("compositeWithTrainedAlgorithmicMedia")], "ai_edited"),
        ([created("digitalCapture"), edited("trainedAlgorithmicMedia")], Says.AI_EDITED),
        ([created("trainedAlgorithmicMedia"), edited("humanEdits")], Says.AI_GENERATED),
    ],
)
def test_actions_say_where_it_comes_from(
    actions: list[dict[str, str]], says: Says, signer: Signer
) -> None:
    data = signer.sign(photo(), JPEG, actions)
    assert c2pa(read_provenance(data, JPEG)).says == says


def test_an_edit_of_a_generated_picture_is_generated(signer: Signer) -> None:
    generated = signer.sign(photo(), JPEG, [created("trainedAlgorithmicMedia", "Painter 3")])
    data = signer.sign(
        generated, JPEG, [opened(), edited()], ingredients=[Ingredient(generated, JPEG)]
    )
    signal = c2pa(read_provenance(data, JPEG, trust_anchors=signer.anchor))
    assert signal.says is Says.AI_GENERATED
    assert signal.strength is Strength.SIGNED_TRUSTED
    assert signal.model == "Painter 3"
    assert "in the manifest of what it was made from" in signal.detail


def test_a_generated_part_makes_a_capture_edited(signer: Signer) -> None:
    generated = signer.sign(photo(), JPEG, [created("trainedAlgorithmicMedia")])
    data = signer.sign(
        photo(),
        JPEG,
        [created("digitalCapture"), placed(0)],
        ingredients=[Ingredient(generated, JPEG, "componentOf")],
    )
    assert c2pa(read_provenance(data, JPEG)).says is Says.AI_EDITED


def test_a_capture_with_a_part_of_unknown_origin_is_no_capture(signer: Signer) -> None:
    data = signer.sign(
        photo(),
        JPEG,
        [created("digitalCapture"), placed(0)],
        ingredients=[Ingredient(photo(), JPEG, "componentOf")],
    )
    assert c2pa(read_provenance(data, JPEG)).says is Says.UNKNOWN


def test_an_edit_of_an_unsigned_file_says_nothing(signer: Signer) -> None:
    data = signer.sign(photo(), JPEG, [opened()], ingredients=[Ingredient(photo(), JPEG)])
    found = read_provenance(data, JPEG, trust_anchors=signer.anchor)
    assert c2pa(found).says is Says.UNKNOWN
    assert c2pa(found).validation_state is ValidationState.TRUSTED
    assert found.indication is Indication.NONE


def test_a_capture_by_a_stranger_is_not_trusted_for_a_trusted_editor(
    signer: Signer, stranger: Signer
) -> None:
    """The library says ``Trusted`` of the whole, for the editor is."""
    capture = stranger.sign(photo(), JPEG, [created("digitalCapture")])
    data = signer.sign(capture, JPEG, [opened()], ingredients=[Ingredient(capture, JPEG)])
    signal = c2pa(read_provenance(data, JPEG, trust_anchors=signer.anchor))
    assert signal.validation_state is ValidationState.TRUSTED
    assert signal.says is Says.CAPTURED
    assert signal.strength is Strength.SIGNED


def test_a_trusted_capture_cannot_be_borrowed_by_a_stranger(
    signer: Signer, stranger: Signer
) -> None:
    capture = signer.sign(photo(), JPEG, [created("digitalCapture")])
    forged = stranger.sign(
        image_file(0.9, "JPEG"), JPEG, [opened()], ingredients=[Ingredient(capture, JPEG)]
    )
    signal = c2pa(read_provenance(forged, JPEG, trust_anchors=signer.anchor))
    assert signal.strength is Strength.SIGNED


def test_a_trusted_capture_through_a_trusted_editor_is_trusted(signer: Signer) -> None:
    capture = signer.sign(photo(), JPEG, [created("digitalCapture")])
    data = signer.sign(capture, JPEG, [opened()], ingredients=[Ingredient(capture, JPEG)])
    signal = c2pa(read_provenance(data, JPEG, trust_anchors=signer.anchor))
    assert signal.says is Says.CAPTURED
    assert signal.strength is Strength.SIGNED_TRUSTED


def test_a_capture_that_was_broken_when_it_was_edited_says_nothing(signer: Signer) -> None:
    """The library says ``Trusted`` of this, too."""
    broken = bytearray(signer.sign(photo(), JPEG, [created("digitalCapture")]))
    broken[-40] ^= 1
    data = signer.sign(
        bytes(broken), JPEG, [opened()], ingredients=[Ingredient(bytes(broken), JPEG)]
    )
    signal = c2pa(read_provenance(data, JPEG, trust_anchors=signer.anchor))
    assert signal.validation_state is ValidationState.TRUSTED
    assert signal.says is Says.UNKNOWN


def test_a_manifest_of_another_file_is_broken(signer: Signer) -> None:
    capture = signer.sign(photo(), JPEG, [created("digitalCapture")])
    begin = capture.index(b"\xff\xeb")
    segment = capture[begin : begin + 2 + int.from_bytes(capture[begin + 2 : begin + 4])]
    other = image_file(0.9, "JPEG")
    pasted = other[:2] + segment + other[2:]
    assert c2pa(read_provenance(pasted, JPEG)).strength is Strength.BROKEN_SIGNATURE


def test_names_out_of_a_manifest_are_cleaned_and_cut(signer: Signer) -> None:
    data = signer.sign(
        photo(),
        JPEG,
        [created("trainedAlgorithmicMedia", "a\u202eb\n" + "x" * 500)],
        generator="g\u0007\u200b" + "y" * 500,
    )
    signal = c2pa(read_provenance(data, JPEG))
    assert signal.model is not None
    assert signal.model.startswith("a b x")
    assert len(signal.model) == 100
    assert signal.generator is not None
    assert len(signal.generator) <= 100
    assert signal.generator.isprintable()


def test_nothing_else_of_a_manifest_is_told(signer: Signer) -> None:
    data = signer.sign(photo(), JPEG, [created("digitalCapture")])
    assert TITLE.encode() in data
    assert TITLE not in read_provenance(data, JPEG).model_dump_json()


@pytest.mark.parametrize(
    "anchors",
    [
        "",
        "nonsense",
        "/etc/ssl/ca.pem",
        "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----",
    ],
)
def test_anchors_that_are_none_are_the_operators_fault(anchors: str, signer: Signer) -> None:
    data = signer.sign(photo(), JPEG, [created("digitalCapture")])
    with pytest.raises(ValueError, match="PEM"):
        prepare(anchors)
    with pytest.raises(ValueError, match="PEM"):
        read_provenance(data, JPEG, trust_anchors=anchors)
