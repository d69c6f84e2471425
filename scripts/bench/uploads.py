"""Upload events with their media in them: nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable

UPLOAD_BYTES = 200
"""Of the media in an event: events of some 600 bytes."""

RESULT = json.dumps({"verdict_id": "v" * 64, "explanation": "x" * 760}).encode()
"""What the bare loop publishes for each: as long as a short verdict."""


def new(number: int) -> bytes:
    """Media that nobody has seen before."""
    return event(f"{uuid.uuid4()}-{number}".ljust(UPLOAD_BYTES).encode())


def known(_: int) -> bytes:
    """The same media again and again, under names of their own."""
    return event(b"known".ljust(UPLOAD_BYTES))


def event(data: bytes, mime: str = "image/png") -> bytes:
    """An upload event with its media in it."""
    event_id = str(uuid.uuid4())
    media = {"inline": base64.b64encode(data).decode(), "mime": mime}
    fields = {"event_id": event_id, "content_id": event_id, "media": media, "tenant": "bench"}
    return json.dumps(fields).encode()


def many(count: int, one: Callable[[int], bytes]) -> tuple[list[bytes], list[bytes]]:
    """Events, and a key for each, so that partitions get about as many."""
    return [one(number) for number in range(count)], [
        str(number).encode() for number in range(count)
    ]
