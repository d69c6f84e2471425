"""The event that goes out: what we think of one upload, and why."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from worker.domain.answer import ExplanationMode, ModelIdentity, ScoreKind, TwoPasses
from worker.domain.media import MediaFacts
from worker.domain.provenance import Provenance
from worker.domain.taxonomy import Axis, Dimension
from worker.domain.typography import Claim

VERDICT_NAMESPACE = uuid.UUID("6f1d7f3e-0c0f-5c57-9d0a-9d5d8b1f7f10")
"""Fixed once and for all: verdict ids are UUIDv5 names in it (RFC 9562, 5.5)."""


class Label(StrEnum):
    """What the media is, as far as we can tell."""

    AI_GENERATED = "ai_generated"
    AUTHENTIC = "authentic"
    UNCERTAIN = "uncertain"


class ActionHint(StrEnum):
    """What a platform might do. A hint: nobody should lose an upload on a model's word alone."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"


class Mode(StrEnum):
    """Whether anybody should act on the verdict."""

    LIVE = "live"
    CANARY = "canary"
    """By a model on trial, on a share of the uploads; to be acted on as a live one."""
    SHADOW = "shadow"
    """Beside the live verdict on the same upload; not to be acted on."""


class Thresholds(BaseModel):
    """Cuts on P(AI-generated). Between ``authentic_below`` and ``ai_generated_from``: uncertain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authentic_below: float = Field(
        default=0.35, ge=0, le=1, description="Below this P(AI-generated): authentic, allow."
    )
    ai_generated_from: float = Field(
        default=0.65, ge=0, le=1, description="From this P(AI-generated) on: ai_generated, review."
    )
    block_from: float = Field(
        default=0.95, ge=0, le=1, description="From this P(AI-generated) on: the hint is block."
    )


class ThresholdRule(BaseModel):
    """Other cuts for one tenant, one surface, or both together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: str | None = Field(default=None, description="Only for this tenant; all where absent.")
    surface: str | None = Field(default=None, description="Only on this surface; all where absent.")
    thresholds: Thresholds

    def fits(self, tenant: str, surface: str) -> bool:
        """Whether the rule is for an upload of this tenant on this surface."""
        return self.tenant in {None, tenant} and self.surface in {None, surface}


class Finding(BaseModel):
    """One artifact that the reasoning claims. Read from its text: the model's word, and no more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: Dimension
    axis: Axis
    evidence: str = Field(description="The sentence that claims it, verbatim; untrusted text.")
    start: int = Field(ge=0, description="Where the evidence begins in `explanation`.")
    end: int = Field(ge=0, description="Where it ends: `explanation[start:end]`.")
    from_s: float | None = Field(
        default=None, description="Begin of the time that it names, in seconds, if it names one."
    )
    to_s: float | None = Field(default=None, description="End of that time, in seconds.")


class TimelineEntry(BaseModel):
    """One window of a long video."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_s: float = Field(ge=0, description="Where it begins, in seconds.")
    end_s: float = Field(ge=0, description="Where it ends.")
    score: float | None = Field(ge=0, le=1, description="P(AI-generated), as in the verdict.")
    score_raw: float | None = Field(ge=0, le=1, description="As the model gave it.")
    label: Label = Field(description="What the thresholds make of this window by itself.")


class TextNote(BaseModel):
    """What became of text in the picture. What it says is left out: it may be private."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: float = Field(ge=0, le=1, description="Part of the frame that text covers.")
    claim: Claim = Field(description="What it states about the picture's own origin.")
    score_raw_masked: float | None = Field(
        ge=0, le=1, description="`score_raw` with the text masked; null where it was not asked."
    )
    steered: bool = Field(description="Whether the answer may hang on it: then it is for review.")


class CacheUse(BaseModel):
    """Whether the answer was known already."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cached: bool
    age_s: float | None = Field(
        default=None, ge=0, description="Age of the cached answer in seconds."
    )


class VerdictEvent(BaseModel):
    """What is published for each upload."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Ivy Worker verdict event")

    schema_version: Literal["1"] = "1"
    verdict_id: str = Field(
        description="Deterministic: the same event, content and model give the same id, so a "
        "verdict delivered twice can be dropped downstream."
    )
    event_id: str
    content_id: str
    content_hash: str = Field(description="`sha256:` and the hexadecimal SHA-256 of the bytes.")
    tenant: str
    surface: str
    label: Label
    score: float | None = Field(
        ge=0,
        le=1,
        description="P(AI-generated), calibrated where `calibration_id` is set; null where none"
        " was read.",
    )
    score_raw: float | None = Field(
        default=None, ge=0, le=1, description="As the model gave it, before any calibration."
    )
    calibration_id: str | None = Field(
        default=None, description="The calibration that led from `score_raw` to `score`."
    )
    score_kind: ScoreKind
    score_mass: float | None = Field(
        default=None, description="Probability the model gave to the label words together."
    )
    thresholds: Thresholds
    action_hint: ActionHint
    action_notes: list[str] = Field(
        default_factory=list,
        description="Why the hint is another than the score alone would give, where it is.",
    )
    explanation: str = Field(description="The model's reasoning: untrusted text, escape it.")
    explanation_mode: ExplanationMode = Field(
        default=ExplanationMode.PRE,
        description="`pre`: the score follows from it. `post_hoc`: the score came first, from"
        " another pass. `none`: the model was not asked for one.",
    )
    uncertain_because: str | None = Field(
        default=None, description="Why the label is `uncertain`, where it is."
    )
    findings: list[Finding] = Field(
        default_factory=list, description="Artifacts that the explanation claims."
    )
    timeline: list[TimelineEntry] = Field(
        default_factory=list,
        description="The windows of a video, in order: a single one where it was judged as a whole,"
        " none for an image. The explanation is about the window with the highest score.",
    )
    provenance: Provenance = Field(
        default_factory=Provenance,
        description="What the file says of its own origin, beside its pixels. Never part of the"
        " score or the label; it may turn the hint to `review`.",
    )
    text: TextNote | None = Field(
        default=None, description="Of text in the picture; null where none was seen."
    )
    two_passes: TwoPasses | None = Field(
        default=None,
        description="Both scores of a cascade that asked twice, as the model gave them.",
    )
    model: ModelIdentity
    cache: CacheUse
    media: MediaFacts
    timings_ms: dict[str, float] = Field(
        description="Milliseconds in each stage. `answer` includes `decode` and `engine`."
    )
    occurred_at: AwareDatetime | None
    ingested_at: AwareDatetime
    verdict_at: AwareDatetime
    advisory: Literal[True] = Field(
        default=True,
        description="Always true: a detector's word must not be the sole basis of a decision.",
    )
    mode: Mode
    truncated: list[str] = Field(
        default_factory=list,
        description="What was shortened or left out to fit the topic, such as `explanation`; empty"
        " for nearly all.",
    )
    context: dict[str, JsonValue] = Field(default_factory=dict)


def verdict_id(event_id: str, sha256: str, fingerprint: str) -> str:
    """UUIDv5 of event, content and model: redelivery and retries name the same verdict."""
    return str(uuid.uuid5(VERDICT_NAMESPACE, f"{event_id}\x1f{sha256}\x1f{fingerprint}"))
