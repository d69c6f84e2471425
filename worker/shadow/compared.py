"""A verdict as far as a comparison needs it. It is kept for every event, so it is small."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from worker.domain.answer import ScoreKind
from worker.domain.media import MediaKind
from worker.domain.upload import ID_LENGTH
from worker.domain.verdict import ActionHint, Label, Mode

EXCERPT = 200
"""Characters of an explanation that are kept, for the examples."""

STAGES = ("total", "answer", "engine")
"""Stages that are compared: what a user waits for, and what a model takes."""


class NotAVerdict(Exception):
    """A line or record has none."""


class Failed(NotAVerdict):
    """A line of ``ivy-worker scan --json`` that tells of a failure."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What is kept of one verdict."""

    event_id: str
    verdict_id: str
    content_id: str
    content_hash: str
    tenant: str
    surface: str
    kind: MediaKind
    label: Label
    hint: ActionHint
    score: float | None
    by_person: bool
    """Whether a person decided, and not the model."""
    calibrated: bool
    thresholds: tuple[float, float, float]
    model: str
    mode: Mode
    cached: bool
    stages_ms: tuple[float | None, ...]
    """In the order of ``STAGES``."""
    at: float
    """When it was uploaded, in seconds since the Unix epoch: the same on both sides, where the
    event or its record says so; else when the worker took it."""
    excerpt: str


Id = Annotated[str, Field(min_length=1, max_length=ID_LENGTH)]
Word = Annotated[str, Field(max_length=ID_LENGTH)]


class _Part(BaseModel):
    """Fields that are not compared may be new, or old: another version wrote them."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Model(_Part):
    id: Word
    revision: Word = ""


class _Media(_Part):
    kind: MediaKind


class _Cache(_Part):
    cached: bool = False


class _Cuts(_Part):
    authentic_below: float
    ai_generated_from: float
    block_from: float


class _Verdict(_Part):
    schema_version: Literal["1"]
    event_id: Id
    verdict_id: Id
    content_id: Id
    content_hash: Annotated[str, Field(max_length=100)]
    tenant: Id
    surface: Id
    label: Label
    score: float | None = Field(ge=0, le=1)
    score_kind: ScoreKind
    calibration_id: Word | None = None
    thresholds: _Cuts
    action_hint: ActionHint
    explanation: str
    model: _Model
    media: _Media
    cache: _Cache = _Cache()
    timings_ms: dict[str, float] = Field(default_factory=dict)
    occurred_at: AwareDatetime | None = None
    ingested_at: AwareDatetime
    mode: Mode


def read_compared(data: bytes | None) -> Compared:
    """A verdict out of a record's value or a line.

    Understood are plain JSON, as it is and with the target's name (``ivy-worker scan --json``), the
    structured CloudEvent, and kcat's envelope (``kcat -J``). Raises ``NotAVerdict``.
    """
    if not data:
        raise NotAVerdict
    try:
        return _compared(_Verdict.model_validate_json(data))
    except ValidationError:
        return _compared(_unpacked(data))


def _unpacked(data: bytes) -> _Verdict:
    try:
        envelope: Any = json.loads(data)
        if isinstance(envelope, dict) and isinstance(envelope.get("payload"), str):
            envelope = json.loads(envelope["payload"])
    except (ValueError, RecursionError) as error:
        raise NotAVerdict from error
    if not isinstance(envelope, dict):
        raise NotAVerdict
    if "failure" in envelope:
        raise Failed
    if "specversion" in envelope:
        envelope = envelope.get("data")
    try:
        return _Verdict.model_validate_json(json.dumps(envelope))
    except (ValidationError, ValueError, RecursionError) as error:
        raise NotAVerdict from error


def _compared(verdict: _Verdict) -> Compared:
    cuts = verdict.thresholds
    revision = f"@{verdict.model.revision}" if verdict.model.revision else ""
    return Compared(
        event_id=verdict.event_id,
        verdict_id=verdict.verdict_id,
        content_id=verdict.content_id,
        content_hash=verdict.content_hash,
        # Few different ones: one copy of each will do.
        tenant=sys.intern(verdict.tenant),
        surface=sys.intern(verdict.surface),
        kind=verdict.media.kind,
        label=verdict.label,
        hint=verdict.action_hint,
        score=verdict.score,
        by_person=verdict.score_kind is ScoreKind.HUMAN,
        calibrated=verdict.calibration_id is not None,
        thresholds=(cuts.authentic_below, cuts.ai_generated_from, cuts.block_from),
        model=sys.intern(verdict.model.id + revision),
        mode=verdict.mode,
        cached=verdict.cache.cached,
        stages_ms=tuple(verdict.timings_ms.get(stage) for stage in STAGES),
        at=(verdict.occurred_at or verdict.ingested_at).timestamp(),
        excerpt=printable(verdict.explanation[: 2 * EXCERPT])[:EXCERPT],
    )


def printable(text: str) -> str:
    """On one line, without what could steer a terminal or turn the writing's direction."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
