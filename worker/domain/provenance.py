"""What a file says of its own origin, beside its pixels: signals, and what they add up to.

The signals are read in a process that a stranger's file may have taken over. So all text here is
bounded and printable, and ``indication`` is worked out anew wherever the model is built: what the
other side states it to be is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

MAX_SIGNALS = 16
"""A file has one signal of each kind, or two; the rest is room."""


class SignalKind(StrEnum):
    """Where a signal was read."""

    C2PA = "c2pa"
    """A C2PA manifest (C2PA 2.x). Proves who signed it, as far as its strength goes, and that the
    file is as it was then. Not that the signer told the truth; and a photo of a screen is a capture
    too. Cameras and editors write manifests as generators do: that there is one means nothing."""
    IPTC_DIGITAL_SOURCE_TYPE = "iptc_digital_source_type"
    """DigitalSourceType in the XMP packet (IPTC Photo Metadata Standard). Proves that somebody
    wrote it. Few would call a real photo generated; anybody can do the reverse."""
    AIGC_LABEL = "aigc_label"
    """The implicit label that GB 45438-2025 asks of generators and platforms in China. Proves as
    much as the above: it is a text field, and its signature fields have no public key."""
    GENERATION_PARAMETERS = "generation_parameters"
    """What image generators note of a run (AUTOMATIC1111, ComfyUI, InvokeAI, NovelAI ...). Hardly
    anybody forges it. It may be of the step before: an upscaled photo carries it too."""
    GENERATOR_NAMED = "generator_named"
    """A text field, such as EXIF Software, names a generator. Weaker than its parameters: some of
    these programs also edit photos."""
    EXIF_CAMERA = "exif_camera"
    """Facts as a camera writes them, in EXIF or QuickTime's own keys. Proves next to nothing: one
    command copies them from a photo into any file. Their absence proves nothing either, for most
    platforms strip them."""


class Says(StrEnum):
    """What a signal says, whether it is true or not."""

    AI_GENERATED = "ai_generated"
    """The whole was made by a trained model."""
    AI_EDITED = "ai_edited"
    """A part was made or changed by a trained model. How large a part, no signal tells."""
    AI_SUSPECTED = "ai_suspected"
    """Somebody else thinks that it may be generated: a platform, or the uploader (GB 45438-2025,
    labels 2 and 3). Second-hand, and not the generator's own word."""
    CAPTURED = "captured"
    """Recorded from life by a camera. Not that the scene was not staged, nor that it was not a
    screen."""
    HUMAN_MADE = "human_made"
    """Made, or edited, by people with tools that are not generative. What was edited stays open."""
    UNKNOWN = "unknown"
    """Nothing about AI or its absence; or something about it that cannot be relied on at all."""


class Strength(StrEnum):
    """How hard a signal is to forge."""

    SIGNED_TRUSTED = "signed_trusted"
    """Signed, unbroken, by a signer below one of our trust anchors, and so are all the manifests
    that it rests on. To forge it takes the key, or a camera in front of a screen."""
    SIGNED = "signed"
    """Signed and unbroken, by anybody at all: a certificate made at home does. It proves that the
    file was not changed since, and ties files of one signer together."""
    UNSIGNED = "unsigned"
    """Text that anybody can write and remove."""
    BROKEN_SIGNATURE = "broken_signature"
    """Signed once, but the file, the manifest or the certificate does not hold. The file may be a
    forgery, or an honest photo that an old program saved again. It counts for nothing."""


class ValidationState(StrEnum):
    """The C2PA library's verdict on a manifest store (C2PA 2.x, "validation states")."""

    TRUSTED = "Trusted"
    """All hashes and the signature hold, and the signer is on the trust list that we gave."""
    VALID = "Valid"
    """All hashes and the signature hold; who the signer is, nobody vouches for."""
    INVALID = "Invalid"
    """Something does not hold."""


class Indication(StrEnum):
    """What the signals of a file add up to, by the rule of ``indicate``. Never a verdict."""

    AI_GENERATED = "ai_generated"
    """The strongest signals say that a model made it."""
    AI_EDITED = "ai_edited"
    """The strongest signals say that a model made or changed a part."""
    AI_SUSPECTED = "ai_suspected"
    """The strongest signals only pass on somebody's suspicion."""
    CAPTURED = "captured"
    """The strongest signals say that a camera recorded it. Unsigned, that is worth very little."""
    CONFLICTING = "conflicting"
    """Signals of equal strength contradict one another: one at least is wrong, or pasted."""
    NONE = "none"
    """Nothing was found that speaks for or against. Most files: it says nothing about them."""


def _printable(text: str) -> str:
    # Also keeps out marks of direction, by which a name could rewrite the line it is shown in.
    if not text.isprintable():
        raise ValueError("has characters that do not print")
    return text


Detail = Annotated[str, Field(max_length=300), AfterValidator(_printable)]
"""Words of ours."""

Name = Annotated[str, Field(max_length=100), AfterValidator(_printable)]
"""A name out of the file: cleaned and cut, and otherwise as a stranger wrote it."""


class ProvenanceSignal(BaseModel):
    """One thing that a file says of its own origin."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: SignalKind
    says: Says
    strength: Strength
    detail: Detail = Field(description="What was found, in our words.")
    generator: Name | None = Field(
        default=None, description="Program or service that the file names. Untrusted text."
    )
    model: Name | None = Field(
        default=None, description="Model that the file names. Untrusted text."
    )
    signer: Name | None = Field(
        default=None,
        description="Whom the certificate names. Only `signed_trusted` means that it is true.",
    )
    digital_source_type: Name | None = Field(
        default=None, description="Term of IPTC's Digital Source Type vocabulary."
    )
    validation_state: ValidationState | None = Field(
        default=None, description="Of the C2PA manifest store as a whole."
    )
    camera: Name | None = Field(
        default=None, description="Camera that the file names. Untrusted text."
    )
    has_location: bool | None = Field(
        default=None, description="Whether the file states where it was taken; never where."
    )


def indicate(signals: Iterable[ProvenanceSignal]) -> Indication:
    """What signals add up to, by this rule.

    1. A broken signature counts for nothing, whatever it says. Nor does ``unknown``.
    2. Of the rest only the strongest count: ``signed_trusted`` before ``signed`` before
       ``unsigned``. The kind makes no difference.
    3. Among those, ``ai_generated`` or ``ai_suspected`` beside ``captured`` or ``human_made`` is
       ``conflicting``. ``ai_edited`` contradicts neither: what was edited was something before.
    4. Otherwise the first of these that is there: ``ai_generated``, ``ai_edited``,
       ``ai_suspected``, ``captured``.
    5. Otherwise ``none``; so too where people say that they made it, and nothing else is said.
    """
    counted = [
        signal
        for signal in signals
        if signal.strength is not Strength.BROKEN_SIGNATURE and signal.says is not Says.UNKNOWN
    ]
    said: set[Says] = set()
    for strength in (Strength.SIGNED_TRUSTED, Strength.SIGNED, Strength.UNSIGNED):
        said = {signal.says for signal in counted if signal.strength is strength}
        if said:
            break
    if said & {Says.AI_GENERATED, Says.AI_SUSPECTED} and said & {Says.CAPTURED, Says.HUMAN_MADE}:
        return Indication.CONFLICTING
    for says, indication in _INDICATIONS:
        if says in said:
            return indication
    return Indication.NONE


_INDICATIONS = (
    (Says.AI_GENERATED, Indication.AI_GENERATED),
    (Says.AI_EDITED, Indication.AI_EDITED),
    (Says.AI_SUSPECTED, Indication.AI_SUSPECTED),
    (Says.CAPTURED, Indication.CAPTURED),
)


class Provenance(BaseModel):
    """All that a file says of its own origin. It never changes the score or the label."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signals: tuple[ProvenanceSignal, ...] = Field(
        default=(), max_length=MAX_SIGNALS, description="What was found; empty for most files."
    )
    indication: Indication = Field(
        default=Indication.NONE,
        validate_default=True,
        description="What the signals add up to. A hint that most people can forge or remove.",
    )

    @field_validator("indication", mode="before")
    @classmethod
    def _by_the_rule(cls, _: object, info: ValidationInfo) -> Indication:
        return indicate(info.data.get("signals", ()))
