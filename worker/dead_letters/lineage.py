"""The headers by which a replayed event tells where it has been."""

from __future__ import annotations

from datetime import datetime

from worker.domain.dead_letter import STORY_PREFIX
from worker.domain.lineage import PREFIX as RETRY_PREFIX
from worker.domain.lineage import REPLAY_PREFIX
from worker.domain.record import Headers

OURS = (STORY_PREFIX, RETRY_PREFIX, REPLAY_PREFIX)
"""Headers of ours: they belong to one life of an event, and do not go into the next."""


def original_headers(headers: Headers) -> Headers:
    """Those that the uploader sent, without any that we use: names compare without case."""
    return tuple(header for header in headers if not header[0].lower().startswith(OURS))


def replay_headers(headers: Headers, *, count: int, of: str, at: datetime) -> Headers:
    """The headers of a copy: the uploader's own, and the replay's behind them.

    ``count`` is this replay's own, from 1 on; ``of`` is where the letter stands, as
    ``topic[partition]@offset``.
    """
    return (
        *original_headers(headers),
        (f"{REPLAY_PREFIX}count", str(count).encode()),
        (f"{REPLAY_PREFIX}of", of.encode()),
        (f"{REPLAY_PREFIX}at", at.isoformat().encode()),
    )
