"""What travels on a stream: records coming in, messages going out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from worker.domain.lane import Lane

Headers = tuple[tuple[str, bytes], ...]
"""Header names may repeat, and their order is kept, as in Kafka."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the stream holds it: raw bytes, nothing decoded, nothing trusted."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    timestamp_ms: int | None = None
    """Milliseconds since the Unix epoch, as the broker or the producer stamped it."""
    lane: Lane = Lane.LIVE
    is_retry: bool = False
    """It comes from a retry topic: what its headers say of its past was written by a worker."""
    damage: str | None = None
    """What is wrong with it as a record, before anything in it is read; then ``value`` has the
    bytes as the log has them."""
    span: int = 1
    """Offsets that it stands for, from ``offset`` on: more than one for a damaged batch."""

    @property
    def next_offset(self) -> int:
        """The first offset that it does not stand for."""
        return self.offset + self.span

    def header(self, name: str) -> bytes | None:
        """The last value of a header, or None. Names compare without case, as CloudEvents asks."""
        wanted = name.lower()
        found = [value for key, value in self.headers if key.lower() == wanted]
        return found[-1] if found else None

    @property
    def nbytes(self) -> int:
        """Size of the payload in bytes, as the flow control counts it."""
        return len(self.value or b"") + len(self.key or b"")

    @property
    def coordinates(self) -> str:
        """``topic[partition]@offset``, for logs and errors."""
        return f"{self.topic}[{self.partition}]@{self.offset}"


class Outlet(StrEnum):
    """Where a message goes; the sink knows the topic's name."""

    VERDICTS = "verdicts"
    DEAD_LETTERS = "dead_letters"
    RETRIES = "retries"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way out."""

    outlet: Outlet
    value: bytes | None
    key: bytes | None = None
    headers: Headers = field(default=())
    tier: int = 0
    """Which of the retry topics, counted from 0, the one with the shortest delay."""
