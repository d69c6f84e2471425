"""A dead letter, read back from its record."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime

from worker.domain.dead_letter import STORY_PREFIX
from worker.domain.failure import Reason
from worker.domain.lineage import REPLAY_PREFIX
from worker.domain.record import Headers, Record

FIRST_OF_STORY = f"{STORY_PREFIX}reason"
"""The story begins with it, behind the event's own headers. What an uploader called ``ivy-dlq-...``
lies before, and is not believed."""

MAX_DIGITS = 18
"""Of a number in a header: any 64-bit offset below 10**18 fits, and nothing grows beyond."""

MAX_MOMENT_CHARS = 64
"""Of a time in a header; ISO 8601 with microseconds and zone needs 32."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the record came from that became the letter."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int | None = None

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. All texts are untrusted: escape them for a terminal."""

    record: Record
    """As the dead-letter topic has it."""
    headers: Headers
    """Those that the event came with, earlier replays' and retries' among them."""
    story: tuple[tuple[str, str], ...]
    """All that the worker told, by the names without their prefix, also of later versions."""
    reason: Reason | None
    """None for one that this version does not know."""
    detail: str
    error_class: str
    attempts: int | None
    first_failure_at: datetime | None
    last_failure_at: datetime | None
    origin: Origin | None
    event_id: str | None
    tenant: str | None
    payload_dropped: bool
    span: int
    """Offsets of its origin that it stands for; more than one for a damaged batch."""
    replay_count: int
    """Replays that the event has behind it."""

    @property
    def coordinate(self) -> str:
        """``partition@offset`` in the dead-letter topic, as ``dlq show`` takes it."""
        return f"{self.record.partition}@{self.record.offset}"

    @property
    def reason_text(self) -> str:
        """The reason as it was told."""
        return dict(self.story)["reason"]

    @property
    def died_at(self) -> datetime | None:
        """The last failure; the record's own time where it was not told."""
        return self.last_failure_at or _from_ms(self.record.timestamp_ms)

    @property
    def stands_for_damage(self) -> bool:
        """Whether its value is no event, but bytes of a log that no client can read."""
        return self.reason is Reason.CORRUPT_RECORDS or self.span > 1


def read_letter(record: Record) -> Letter | None:
    """The letter in a record of the dead-letter topic; None if a worker did not write it."""
    begin = max(
        (at for at, (name, _) in enumerate(record.headers) if name == FIRST_OF_STORY), default=None
    )
    if begin is None:
        return None
    story = tuple(
        (name.removeprefix(STORY_PREFIX), value.decode(errors="replace"))
        for name, value in record.headers[begin:]
        if name.startswith(STORY_PREFIX)
    )
    told = dict(story)
    own = tuple(
        header for header in record.headers[:begin] if not header[0].startswith(STORY_PREFIX)
    )
    return Letter(
        record=record,
        headers=own,
        story=story,
        reason=_reason(told["reason"]),
        detail=told.get("detail", ""),
        error_class=told.get("error-class", ""),
        attempts=whole_number(told.get("attempts")),
        first_failure_at=_moment(told.get("first-failure")),
        last_failure_at=_moment(told.get("last-failure")),
        origin=_origin(told),
        event_id=told.get("event-id"),
        tenant=told.get("tenant"),
        payload_dropped=told.get("payload-dropped") == "true",
        span=whole_number(told.get("span")) or 1,
        replay_count=replays_of(own),
    )


def replays_of(headers: Headers) -> int:
    """The replays that headers tell of. Nonsense counts as none: a replay then begins at one."""
    counts = [
        whole_number(value.decode(errors="replace"))
        for name, value in headers
        if name.lower() == f"{REPLAY_PREFIX}count"
    ]
    return max((count for count in counts if count is not None), default=0)


def whole_number(text: str | None) -> int | None:
    """A number of ASCII digits, or None."""
    if text is None or len(text) > MAX_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    return int(text)


def _reason(text: str) -> Reason | None:
    with contextlib.suppress(ValueError):
        return Reason(text)
    return None


def _origin(told: dict[str, str]) -> Origin | None:
    partition, offset = whole_number(told.get("partition")), whole_number(told.get("offset"))
    if "topic" not in told or partition is None or offset is None:
        return None
    return Origin(told["topic"], partition, offset, whole_number(told.get("timestamp-ms")))


def _moment(text: str | None) -> datetime | None:
    if text is None or len(text) > MAX_MOMENT_CHARS:
        return None
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _from_ms(timestamp_ms: int | None) -> datetime | None:
    if timestamp_ms is None:
        return None
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return None
