"""Messages of librdkafka as records of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from operator import methodcaller
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE
from confluent_kafka import KafkaError as RawError

from worker.domain.lane import Lane
from worker.domain.record import Headers, Record
from worker.stream.kafka.topic_names import TopicNames
from worker.stream.ledger import Partition

HEADERS: Callable[[Any], list[tuple[str, bytes | None]] | None] = methodcaller("headers")
"""confluent-kafka 2.16 answers for a header name that is not UTF-8 with half a list, and an error
that it does not raise. Called so, and not as ``message.headers()``, the answer is checked for it by
the interpreter (``_Py_CheckFunctionResult``), and ``SystemError`` is raised."""

DAMAGED = frozenset(
    {
        RawError._BAD_MSG,  # noqa: SLF001 - the public names of librdkafka's own codes begin so
        RawError._BAD_COMPRESSION,  # noqa: SLF001
        RawError._NOT_IMPLEMENTED,  # noqa: SLF001
        RawError._UNDERFLOW,  # noqa: SLF001
        RawError.INVALID_MSG,
    }
)
"""What librdkafka says of a batch that it cannot read, in a message with the batch's offset."""


class Batch:
    """What one poll brought: records in the order of each partition, damage, and errors."""

    def __init__(self, topics: TopicNames) -> None:
        self._kinds = {
            topic: (topics.lane(topic), topics.is_retry(topic)) for _, topic in topics.inputs()
        }
        self.records: list[Record] = []
        self.waiting: dict[Partition, list[Record]] = {}
        """Of retry topics: their time may not have come."""
        self.damaged: dict[Partition, int] = {}
        """Where a partition cannot be read on. What came from behind it is left out."""
        self.errors: list[tuple[Any, str | None]] = []
        """Others, each with its topic if it is about one."""
        self.by_topic: Counter[str] = Counter()

    def read(self, messages: list[Any]) -> None:
        """Take the messages of a poll in the place of those before."""
        self.records, self.waiting, self.damaged, self.errors = [], {}, {}, []
        self.by_topic = Counter()
        for message in messages:
            error = message.error()
            if error is not None:
                self._note(error, message)
                continue
            topic = message.topic()
            lane, is_retry = self._kinds[topic]
            number = message.partition()
            if self.damaged and (topic, number) in self.damaged:
                continue
            try:
                headers = HEADERS(message)
            except SystemError:
                self.damaged[Partition(topic, number)] = message.offset()
                continue
            record = as_record(message, topic, number, headers, lane, is_retry=is_retry)
            self.by_topic[topic] += 1
            if is_retry:
                self.waiting.setdefault(Partition(topic, number), []).append(record)
            else:
                self.records.append(record)

    def _note(self, error: Any, message: Any) -> None:
        if error.code() in DAMAGED and message.topic() is not None:
            self.damaged.setdefault(
                Partition(message.topic(), message.partition()), message.offset()
            )
        else:
            self.errors.append((error, message.topic()))

    def kind(self, topic: str) -> tuple[Lane, bool]:
        """The lane of a topic's records, and whether it is a retry topic."""
        return self._kinds[topic]


def as_record(
    message: Any,
    topic: str,
    number: int,
    headers: list[tuple[str, bytes | None]] | None,
    lane: Lane,
    *,
    is_retry: bool,
) -> Record:
    """One message."""
    told: Headers = tuple((name, value or b"") for name, value in headers) if headers else ()
    kind, timestamp_ms = message.timestamp()
    return Record(
        topic=topic,
        partition=number,
        offset=message.offset(),
        value=message.value(),
        key=message.key(),
        headers=told,
        timestamp_ms=None if kind == TIMESTAMP_NOT_AVAILABLE else timestamp_ms,
        lane=lane,
        is_retry=is_retry,
    )
