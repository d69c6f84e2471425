"""Letters as workers write them, by the real codec."""

from __future__ import annotations

from typing import Any

from tests.support.factories import NOON
from worker.dead_letters.letter import Letter, read_letter
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Reason
from worker.domain.lineage import Lineage
from worker.domain.record import Message, Record
from worker.events.codec import EventCodec
from worker.stream.kafka.topic_names import TopicNames

TOPICS = TopicNames(backfill="media.backfill")


def letter_message(record: Record, **changes: Any) -> Message:
    """What a worker publishes about a record that died."""
    values: dict[str, Any] = {
        "record": record,
        "reason": Reason.FETCH_FAILED,
        "detail": "the store answered 503",
        "error_class": "Transient",
        "lineage": Lineage.of(record),
        "attempts": 4,
        "first_failure_at": NOON,
        "last_failure_at": NOON,
        "event_id": "e-1",
        "tenant": "acme",
    }
    return EventCodec().message(DeadLetter(**{**values, **changes}), record)


def as_stored(message: Message, **changes: Any) -> Record:
    """A message as a topic has it."""
    values: dict[str, Any] = {
        "topic": TOPICS.dead_letters,
        "partition": 3,
        "offset": 1207,
        "value": message.value,
        "key": message.key,
        "headers": message.headers,
        "timestamp_ms": int(NOON.timestamp() * 1000),
    }
    return Record(**{**values, **changes})


def make_letter(record: Record, **changes: Any) -> Letter:
    """The letter of a record that died, read back."""
    letter = read_letter(as_stored(letter_message(record, **changes)))
    assert letter is not None
    return letter
