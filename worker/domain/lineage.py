"""Where an event first came from, and what became of it on its way through retry topics."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime

from worker.domain.record import Headers, Record

PREFIX = "ivy-retry-"
"""Of the headers that tell it. They are taken off again when the event leaves the retry topics."""

REPLAY_PREFIX = "ivy-replay-"
"""Of the headers that a replay from the dead letters leaves."""

NOT_BEFORE = f"{PREFIX}not-before"
"""Milliseconds since the Unix epoch before which a retry record is not to be begun."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """The past of one event."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int | None
    tier: int = 0
    """Retry topics that it has been through."""
    attempts: int = 0
    """Tries that failed before this delivery."""
    first_failure_at: datetime | None = None

    @classmethod
    def of(cls, record: Record) -> Lineage:
        """What a record says of its past: nothing, if it came straight from an uploader.

        Headers of our names on such a one, or that do not fit, are as if they were absent.
        """
        fresh = cls(record.topic, record.partition, record.offset, record.timestamp_ms)
        if not record.is_retry:
            return fresh
        told = {
            name.removeprefix(PREFIX): value.decode(errors="replace")
            for name, value in record.headers
            if name.startswith(PREFIX)
        }
        try:
            return cls(
                topic=told["topic"],
                partition=int(told["partition"]),
                offset=int(told["offset"]),
                timestamp_ms=int(told["timestamp-ms"]) if "timestamp-ms" in told else None,
                tier=max(0, int(told["tier"])),
                attempts=max(0, int(told["attempts"])),
                first_failure_at=_moment(told.get("first-failure")),
            )
        except (KeyError, ValueError):
            return fresh

    def headers(self) -> Headers:
        """The same as headers."""
        told: dict[str, object] = {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "timestamp-ms": self.timestamp_ms,
            "tier": self.tier,
            "attempts": self.attempts,
            "first-failure": self.first_failure_at and self.first_failure_at.isoformat(),
        }
        return tuple(
            (f"{PREFIX}{name}", str(value).encode())
            for name, value in told.items()
            if value is not None
        )


def without_lineage(headers: Headers) -> Headers:
    """The headers as the uploader sent them."""
    return tuple(header for header in headers if not header[0].startswith(PREFIX))


def not_before(record: Record) -> datetime | None:
    """When a record may be begun; None for at once."""
    stated = record.header(NOT_BEFORE)
    if stated is None:
        return None
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(int(stated) / 1000, UTC)
    return None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
