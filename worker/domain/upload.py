"""The event that comes in: somebody uploaded something."""

from __future__ import annotations

import base64
import binascii
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

ID_LENGTH = 512
"""Longest identifier taken, in characters: room for a URL used as an id, none for a payload."""


def _decode(value: Any) -> Any:
    """Strictly: pydantic's own Base64Bytes skips what is not base64 and so changes the content."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64 (RFC 4648, 4)") from error


InlineBytes = Annotated[
    bytes,
    BeforeValidator(_decode),
    PlainSerializer(lambda data: base64.b64encode(data).decode(), when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
"""Bytes in memory, base64 in JSON."""


class MediaReference(BaseModel):
    """Where the bytes are: a URL, or inline. Exactly one of the two."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        json_schema_extra={"oneOf": [{"required": ["url"]}, {"required": ["inline"]}]},
    )

    url: str | None = Field(
        default=None,
        min_length=1,
        max_length=8192,
        description="http(s)://, s3://, gs:// or file:// (under the allowed root only).",
        examples=["https://cdn.example.com/u/1.jpg"],
    )
    inline: InlineBytes | None = Field(
        default=None, description="The bytes themselves, as base64, up to the inline limit."
    )
    mime: str | None = Field(
        default=None, max_length=255, description="The uploader's claim; a hint."
    )
    size: int | None = Field(default=None, ge=0, description="Size in bytes; a hint.")
    sha256: str | None = Field(
        default=None,
        pattern="^[0-9a-fA-F]{64}$",
        description="The uploader's hash; a hint, never taken as the content's identity.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> MediaReference:
        if (self.url is None) == (self.inline is None):
            raise ValueError("give exactly one of media.url and media.inline")
        return self


class UploadEvent(BaseModel):
    """One upload to judge. Fields that we do not know are kept in ``context`` and echoed."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Ivy Worker upload event")

    schema_version: Literal["1"] = "1"
    event_id: str = Field(
        min_length=1,
        max_length=ID_LENGTH,
        description="Identifies this event; the same id sent again gives the same verdict_id.",
    )
    content_id: str = Field(
        min_length=1,
        max_length=ID_LENGTH,
        description="The platform's own id of the content; becomes the verdict's Kafka key.",
    )
    media: MediaReference
    tenant: str = Field(default="default", min_length=1, max_length=ID_LENGTH)
    surface: str = Field(
        default="default",
        min_length=1,
        max_length=ID_LENGTH,
        description="Where it was uploaded, such as `avatar` or `post`.",
    )
    occurred_at: AwareDatetime | None = Field(
        default=None, description="When it was uploaded; the record's timestamp where absent."
    )
    priority: int = Field(default=0, ge=-100, le=100, description="Lower is served first.")
    context: dict[str, JsonValue] = Field(
        default_factory=dict, description="Anything else; echoed in the verdict."
    )

    @model_validator(mode="before")
    @classmethod
    def _keep_unknown(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if data.keys() <= cls._names():
            return data
        known = {name: value for name, value in data.items() if name in cls._names()}
        context = known.get("context") or {}
        if not isinstance(context, dict):
            return known
        unknown = {name: value for name, value in data.items() if name not in cls._names()}
        known["context"] = {**unknown, **context}
        return known

    @classmethod
    @cache
    def _names(cls) -> frozenset[str]:
        return frozenset(cls.model_fields)
