"""Small makers of domain objects, so that a test states only what it is about."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from worker.domain.answer import Answer, Conclusion, ModelIdentity, Score, ScoreKind
from worker.domain.media import MediaFacts, MediaKind
from worker.domain.record import Record
from worker.domain.verdict import (
    ActionHint,
    CacheUse,
    Label,
    Mode,
    Thresholds,
    VerdictEvent,
    verdict_id,
)

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def make_identity(**changes: Any) -> ModelIdentity:
    """A model."""
    values = {
        "id": "test/model",
        "revision": "r1",
        "prompt_version": "p1",
        "preprocessing_version": "x1",
        "sampling_version": "s1",
        "engine": "fake 1",
    }
    return ModelIdentity(**{**values, **changes})


def make_facts(**changes: Any) -> MediaFacts:
    """A small JPEG."""
    values: dict[str, Any] = {
        "kind": MediaKind.IMAGE,
        "mime": "image/jpeg",
        "width": 64,
        "height": 48,
        "bytes": 1234,
    }
    return MediaFacts(**{**values, **changes})


def make_answer(**changes: Any) -> Answer:
    """A sure "fake"."""
    values: dict[str, Any] = {
        "conclusion": Conclusion.FAKE,
        "explanation": "the hands have six fingers",
        "score": Score(value=0.97, kind=ScoreKind.LABEL_LOGPROBS, mass=0.999),
        "model": make_identity(),
        "media": make_facts(),
        "answered_at": NOON,
    }
    return Answer(**{**values, **changes})


def make_upload(data: bytes = b"pixels", **changes: Any) -> dict[str, Any]:
    """An upload event as JSON data, with the media inline."""
    values: dict[str, Any] = {
        "event_id": "e-1",
        "content_id": "c-1",
        "media": {"inline": base64.b64encode(data).decode()},
    }
    return {**values, **changes}


def make_record(value: Any = None, **changes: Any) -> Record:
    """A record of the upload topic; a value that is not bytes becomes JSON."""
    if not isinstance(value, bytes) and value is not None:
        value = json.dumps(value).encode()
    fields: dict[str, Any] = {"topic": "ivy.uploads", "partition": 0, "offset": 0, "value": value}
    return Record(**{**fields, **changes})


def make_verdict(**changes: Any) -> VerdictEvent:
    """A verdict of a sure "fake"."""
    answer = make_answer()
    values: dict[str, Any] = {
        "verdict_id": verdict_id("e-1", "ab" * 32, "0" * 16),
        "event_id": "e-1",
        "content_id": "c-1",
        "content_hash": "sha256:" + "ab" * 32,
        "tenant": "default",
        "surface": "default",
        "label": Label.AI_GENERATED,
        "score": answer.score.value,
        "score_kind": answer.score.kind,
        "score_mass": answer.score.mass,
        "thresholds": Thresholds(),
        "action_hint": ActionHint.BLOCK,
        "explanation": answer.explanation,
        "model": answer.model,
        "cache": CacheUse(cached=False),
        "media": answer.media,
        "timings_ms": {"total": 12.5},
        "occurred_at": NOON,
        "ingested_at": NOON,
        "verdict_at": NOON,
        "mode": Mode.LIVE,
    }
    return VerdictEvent(**{**values, **changes})
