"""Copies to Kafka."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from worker.dead_letters.plan import Copy
from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.producer import connect_producer
from worker.stream.kafka.topics import find_partitions

CLOSE_TIMEOUT_S = 10.0

FIND_TIMEOUT_MS = 5_000
"""For a topic to be known, once for each."""

ANSWER_SLACK_S = 10.0
"""Beyond the delivery timeout, after which the producer itself gives a message up."""


class CopyTooLarge(Exception):
    """The topic does not take a message of this size."""


class TopicMissing(Exception):
    """There is no such topic, or we may not see it."""


class Sent:
    """A copy on its way, by one of a publisher's producers."""

    def __init__(self, future: Any, topic: str, timeout_s: float, producer: int) -> None:
        self._future = future
        self._topic = topic
        self._timeout_s = timeout_s
        self.producer = producer

    @property
    def settled(self) -> bool:
        """Whether ``wait()`` would return at once."""
        return bool(self._future.is_done)

    def wait(self) -> None:
        """Return once all in-sync replicas have it. Raises ``CopyTooLarge``, or ``Systemic``.

        ``CopyTooLarge`` may be another's: see ``Publisher.send_alone``.
        """
        try:
            self._future.get(timeout=self._timeout_s)
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            raise CopyTooLarge from error
        except KafkaError as error:
            raise _failure(self._topic, error) from error


class Publisher:
    """An idempotent producer with acks=all: per partition in order, and once. A context manager."""

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._timeout_s = config.producer.delivery_timeout_ms / 1000 + ANSWER_SLACK_S
        self._there: dict[str, bool] = {}
        self._producer: Any = None
        self._number = 0

    def __enter__(self) -> Self:
        """Connect. Raises ``Systemic``."""
        self._producer = self._connect()
        return self

    def _connect(self) -> Any:
        return connect_producer(self._config, max_block_ms=FIND_TIMEOUT_MS)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What is not acknowledged by now was given up, or is not waited for.
        self._producer.close(timeout=CLOSE_TIMEOUT_S if kind is None else 0)

    def send(self, copy: Copy) -> Sent:
        """Set a copy on its way. Raises ``TopicMissing``, ``CopyTooLarge`` or ``Systemic``."""
        if not self._has(copy.topic):
            raise TopicMissing
        try:
            future = self._producer.send(
                copy.topic, value=copy.value, key=copy.key, headers=list(copy.headers)
            )
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            raise CopyTooLarge from error
        except KafkaError as error:
            raise _failure(copy.topic, error) from error
        return Sent(future, copy.topic, self._timeout_s, self._number)

    def send_alone(self, copy: Copy, came_back: Sent) -> None:
        """Send a copy again that came back as too large, and wait for it.

        When a broker finds one message too large, kafka-python (3.0.12) gives up all that are under
        way with it, and takes no more. Raises ``CopyTooLarge`` if it was this one, ``Systemic``.
        """
        if came_back.producer == self._number:
            self._replace_producer()
        try:
            self.send(copy).wait()
        except CopyTooLarge:
            self._replace_producer()
            raise

    def _replace_producer(self) -> None:
        self._producer.close(timeout=CLOSE_TIMEOUT_S)
        self._producer = self._connect()
        self._number += 1

    def _has(self, topic: str) -> bool:
        if topic not in self._there:
            try:
                find_partitions(self._producer, topic, "--to", FIND_TIMEOUT_MS)
            except Systemic:
                self._there[topic] = False
            else:
                self._there[topic] = True
        return self._there[topic]


def _failure(topic: str, error: KafkaError) -> Systemic:
    return Systemic(
        Reason.STREAM_FAILED,
        f"{topic!r} did not take what was replayed: {type(error).__name__}",
    )
