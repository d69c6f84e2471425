"""What a replay is to do with one letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worker.dead_letters.letter import Letter, Origin, replays_of
from worker.dead_letters.lineage import replay_headers
from worker.domain.record import Headers, Record
from worker.stream.kafka.topic_names import TopicNames


class Refusal(StrEnum):
    """Why a letter is not replayed: a closed list."""

    MAX_REPLAYS = "max_replays"
    DAMAGED_BATCH = "damaged_batch"
    PAYLOAD_GONE = "payload_gone"
    NO_ORIGIN = "no_origin"
    NO_TOPIC = "no_topic"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Copy:
    """The event as it is published once more."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    count: int
    """Of its replays, this one included."""

    @property
    def nbytes(self) -> int:
        """Bytes that it holds in memory, about."""
        return len(self.key or b"") + len(self.value or b"")


@dataclass(frozen=True, slots=True)
class Refused:
    """The letter stays where it is."""

    refusal: Refusal
    detail: str


class Planner:
    """Decides for each letter. Publishes nothing.

    Without ``to``, an event goes back to the topic where it came from if the settings say that
    uploads are taken from there: a letter's headers alone cannot send it anywhere else. From a
    retry topic it goes to the uploads, and begins anew.
    """

    def __init__(
        self,
        topics: TopicNames,
        *,
        to: str | None,
        max_replays: int,
        fetch: Callable[[Origin], Record | None],
        now: Callable[[], datetime],
    ) -> None:
        self._to = to
        self._max_replays = max_replays
        self._fetch = fetch
        self._now = now
        self._uploads = topics.uploads
        self._targets = {topic for topic in (topics.uploads, topics.backfill) if topic}
        self._retries = {topic.name for topic in topics.retries}

    def plan(self, letter: Letter) -> Copy | Refused:
        """The copy to publish, or why there is none. Raises ``Systemic`` if the broker is away."""
        if letter.stands_for_damage:
            return Refused(
                Refusal.DAMAGED_BATCH,
                f"it stands for {letter.span} offset(s) of a log that no client can read, and is no"
                " event",
            )
        topic = self._topic(letter)
        if topic is None:
            return Refused(
                Refusal.NO_ORIGIN,
                f"it came from {letter.origin or 'nowhere'}, from where these settings take no"
                " uploads; --to TOPIC says where it is to go",
            )
        if letter.replay_count >= self._max_replays:
            return self._too_often(letter.replay_count)
        if not letter.payload_dropped:
            return self._copy(letter, topic, letter.record, letter.headers)
        return self._fetched(letter, topic)

    def _topic(self, letter: Letter) -> str | None:
        if self._to is not None:
            return self._to
        origin = letter.origin.topic if letter.origin else None
        if origin in self._retries:
            return self._uploads
        return origin if origin in self._targets else None

    def _too_often(self, count: int) -> Refused:
        return Refused(
            Refusal.MAX_REPLAYS,
            f"it was replayed {count} times and came back each time (--max-replays"
            f" {self._max_replays})",
        )

    def _fetched(self, letter: Letter, topic: str) -> Copy | Refused:
        """The letter has no payload: the record itself is looked for, where it came from."""
        origin = letter.origin
        if origin is None or origin.topic not in self._targets | self._retries:
            return Refused(
                Refusal.PAYLOAD_GONE,
                f"it has no payload, and came from {origin or 'nowhere'}, from where these settings"
                " take no uploads",
            )
        record = self._fetch(origin)
        if record is None:
            return Refused(
                Refusal.PAYLOAD_GONE, f"it has no payload, and {origin} is not there any more"
            )
        if origin.timestamp_ms is not None and record.timestamp_ms != origin.timestamp_ms:
            return Refused(
                Refusal.PAYLOAD_GONE,
                f"it has no payload, and at {origin} stands another record, by its timestamp",
            )
        # The headers were dropped along with the payload, and with them the replays' count.
        count = replays_of(record.headers)
        if count >= self._max_replays:
            return self._too_often(count)
        return self._copy(letter, topic, record, record.headers)

    def _copy(self, letter: Letter, topic: str, record: Record, headers: Headers) -> Copy:
        count = replays_of(headers) + 1
        return Copy(
            topic=topic,
            key=record.key,
            # Kafka has records with neither, but the client library cannot send them.
            value=b"" if record.value is None and record.key is None else record.value,
            headers=replay_headers(
                headers, count=count, of=letter.record.coordinates, at=self._now()
            ),
            count=count,
        )
