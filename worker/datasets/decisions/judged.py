"""A verdict as far as a decision about it needs it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.domain.answer import ScoreKind
from worker.domain.upload import ID_LENGTH
from worker.domain.verdict import ActionHint, Label, Mode

Id = Annotated[str, Field(min_length=1, max_length=ID_LENGTH)]


class NotAVerdict(Exception):
    """A line or record has none."""


class _Part(BaseModel):
    """Fields that are not needed may be new, or old: another version wrote them."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Model(_Part):
    id: str
    revision: str = ""


class _Verdict(_Part):
    schema_version: Literal["1"]
    verdict_id: Id
    content_id: Id
    content_hash: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    tenant: Id
    surface: Id
    label: Label
    score: float | None = Field(ge=0, le=1)
    score_raw: float | None = Field(default=None, ge=0, le=1)
    score_kind: ScoreKind
    calibration_id: str | None = None
    thresholds: dict[str, float]
    action_hint: ActionHint
    model: _Model
    mode: Mode


@dataclass(frozen=True, slots=True)
class Judged:
    """What is kept of one verdict."""

    verdict_id: str
    sha256: str
    content_id: str
    tenant: str
    surface: str
    label: Label
    score: float | None
    score_raw: float | None
    calibration_id: str | None
    action_hint: ActionHint
    model: str
    policy: dict[str, float]
    """The thresholds that led to the label and the hint."""
    live: bool


def read_judged(data: bytes | None) -> Judged | None:
    """A model's verdict: plain JSON, with a scan's target, or the data of a CloudEvent.

    None for one by which a person had decided already: it has no model's score. Raises
    ``NotAVerdict``.
    """
    if not data:
        raise NotAVerdict
    try:
        found: Any = json.loads(data)
        if isinstance(found, dict) and "specversion" in found:
            found = found.get("data")
        verdict = _Verdict.model_validate(found)
    except (ValidationError, ValueError, RecursionError) as error:
        raise NotAVerdict from error
    if verdict.score_kind is ScoreKind.HUMAN:
        return None
    revision = f"@{verdict.model.revision}" if verdict.model.revision else ""
    return Judged(
        verdict_id=verdict.verdict_id,
        sha256=verdict.content_hash.removeprefix("sha256:"),
        content_id=verdict.content_id,
        tenant=verdict.tenant,
        surface=verdict.surface,
        label=verdict.label,
        score=verdict.score,
        score_raw=verdict.score_raw,
        calibration_id=verdict.calibration_id,
        action_hint=verdict.action_hint,
        model=verdict.model.id + revision,
        policy=verdict.thresholds,
        live=verdict.mode is not Mode.SHADOW,
    )
