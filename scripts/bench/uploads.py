"""Upload events with their media in them: nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import json
import random
import uuid
from collections.abc import Callable
from typing import Any

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


class Mix:
    """Uploads of different sizes, kinds and tenants, some of them seen before.

    Nobody's traffic was measured for it; it is chosen to have a long tail wherever traffic has one.

    * 30 % show content of before. Which one follows Zipf's law with exponent 1 over all contents,
      the oldest first: a few come again and again, most once or twice.
    * Sizes are log-normal: half of the media under 2 KiB, one in a hundred over 20 KiB, none over
      64 KiB. That is the size of thumbnails: media of an event's own cannot be as large as files.
    * 62 % are JPEG, 16 % WebP, 12 % PNG, 10 % MP4, by what the event says: the simulated decoder
      does not look.
    * 20 tenants, by Zipf's law too; posts, stories and comments are 60, 25 and 15 %.

    The same seed gives the same contents in the same order, under ids of their own.
    """

    DUPLICATES = 0.3
    MEDIAN_BYTES, SIGMA, LEAST_BYTES, MOST_BYTES = 2048.0, 1.0, 200, 65_536
    KINDS = ("image/jpeg", "image/webp", "image/png", "video/mp4")
    KIND_SHARES = (62, 16, 12, 10)
    TENANTS = 20
    SURFACES = ("post", "story", "comment")
    SURFACE_SHARES = (60, 25, 15)

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = random.Random(seed)
        self.contents = 0
        """Different ones so far."""

    def __call__(self, _: int = 0) -> bytes:
        """The next event."""
        data, mime = self.content(self._next())
        tenant = self._ranked(self.TENANTS)
        (surface,) = self._chance.choices(self.SURFACES, self.SURFACE_SHARES)
        return event(data, mime, tenant=f"tenant-{tenant:02d}", surface=surface)

    def _next(self) -> int:
        if self.contents and self._chance.random() < self.DUPLICATES:
            return self._ranked(self.contents)
        self.contents += 1
        return self.contents - 1

    def _ranked(self, count: int) -> int:
        """One of ``count``, from 0, by Zipf's law with exponent 1: its rank's logarithm is even."""
        return min(count - 1, int((count + 1) ** self._chance.random()) - 1)

    def content(self, number: int) -> tuple[bytes, str]:
        """A content's bytes and type: always the same."""
        own = random.Random(f"{self._seed}-{number}")
        size = int(self.MEDIAN_BYTES * own.lognormvariate(0.0, self.SIGMA))
        (mime,) = own.choices(self.KINDS, self.KIND_SHARES)
        return own.randbytes(min(self.MOST_BYTES, max(self.LEAST_BYTES, size))), mime


def event(data: bytes, mime: str = "image/png", **fields: Any) -> bytes:
    """An upload event with its media in it."""
    event_id = str(uuid.uuid4())
    media = {"inline": base64.b64encode(data).decode(), "mime": mime}
    ids = {"event_id": event_id, "content_id": event_id}
    return json.dumps({**ids, "media": media, "tenant": "bench", **fields}).encode()


def many(count: int, one: Callable[[int], bytes]) -> tuple[list[bytes], list[bytes]]:
    """Events, and a key for each, so that partitions get about as many."""
    return [one(number) for number in range(count)], [
        str(number).encode() for number in range(count)
    ]
