"""JSON Schemas of both events, for producers and consumers in any language."""

from __future__ import annotations

from typing import Any

from worker.domain.upload import UploadEvent
from worker.domain.verdict import VerdictEvent

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def upload_schema() -> dict[str, Any]:
    """What a producer may send. Unknown fields are allowed: they are kept and echoed."""
    schema = UploadEvent.model_json_schema(mode="validation")
    schema["additionalProperties"] = True
    return {"$schema": DIALECT, **schema}


def verdict_schema() -> dict[str, Any]:
    """What a consumer gets."""
    return {"$schema": DIALECT, **VerdictEvent.model_json_schema(mode="serialization")}
