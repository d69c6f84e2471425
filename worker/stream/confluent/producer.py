"""A producer of librdkafka's, and the thread that hears what became of its messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from confluent_kafka import KafkaError as RawError
from confluent_kafka import KafkaException, Producer

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Message
from worker.stream.confluent.config import producer_settings
from worker.stream.confluent.errors import as_exception, raw_error, refused
from worker.stream.confluent.welcome import Welcome
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.producer import CLOSE_TIMEOUT_S
from worker.stream.kafka.producer import open_producer as open_kafka_python
from worker.stream.kafka.refusal import refusal_of

log = structlog.get_logger(__name__)

POLL_S = 0.1
"""Longest wait for a report, and so for the end of the thread."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the brokers put a message."""

    partition: int
    offset: int
    """-1 where they had it from a try before, and do not say."""

    @classmethod
    def of(cls, message: Any) -> Stored:
        """By librdkafka's report."""
        offset = message.offset()
        return cls(message.partition(), -1 if offset is None else offset)


class Sent(Protocol):
    """One message on its way."""

    def report(self, error: Any, message: Any) -> None:
        """What became of it: an error or None, and librdkafka's message with its place."""
        ...


Heard = Callable[[list[Any]], None]
"""Given those that a round of reports was about, on the thread that hears them."""


def _nobody(_: list[Any]) -> None:
    """For those who ask each message."""


class Publisher:
    """One producer, and its thread."""

    def __init__(
        self,
        config: KafkaConfig,
        *,
        heard: Heard = _nobody,
        transactional_id: str | None = None,
    ) -> None:
        self._config = config
        self.welcome = Welcome(config)
        self._heard = heard
        self._reported: list[Sent] = []
        """Filled and emptied on the thread that polls."""
        try:
            self.raw: Any = Producer(producer_settings(config, self.welcome, transactional_id))
        except KafkaException as error:
            raw = raw_error(error)
            said = str(error) if raw is None else raw.str()
            raise Systemic(
                Reason.STREAM_FAILED, f"the Kafka client does not take these settings: {said}"
            ) from error
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="kafka-reports", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                self.raw.poll(POLL_S)
            except KafkaException as error:
                # confluent-kafka raises a fatal error here, and does not tell the ``error_cb``.
                self.welcome.note_raised(error)
            self._tell()

    def _tell(self) -> None:
        if self._reported:
            reported, self._reported = self._reported, []
            self._heard(reported)

    def send(self, topic: str, message: Message, sent: Sent) -> None:
        """Give it a message. Does not wait. Raises ``BufferError`` where it has too many.

        Raises ``KafkaException`` for what librdkafka refuses at once, such as one too large.
        """

        def report(error: Any, placed: Any) -> None:
            sent.report(error, placed)
            self._reported.append(sent)

        self.raw.produce(
            topic,
            message.value,
            message.key,
            on_delivery=report,
            # None costs less than an empty list.
            headers=list(message.headers) or None,
        )

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Flush and disconnect; what could not be sent by then fails. Blocks."""
        deadline = time.monotonic() + timeout_s
        self._over.set()
        self._thread.join()
        try:
            unsent = self.raw.flush(max(0.0, deadline - time.monotonic()))
            if unsent:
                log.warning("producer_closed_unflushed", messages=unsent)
                self.raw.purge()
                self.raw.flush(1.0)
        finally:
            self._tell()


def open_publisher(
    config: KafkaConfig,
    *,
    heard: Heard = _nobody,
    transactional_id: str | None = None,
) -> Publisher:
    """A publisher to topics that are there. Raises ``Systemic`` if one is missing. Blocks.

    kafka-python finds out, and says in our words, why we are not let in or what is missing:
    librdkafka waits, and tells its log.
    """
    open_kafka_python(config).close(timeout=0)
    return Publisher(config, heard=heard, transactional_id=transactional_id)


def not_published(
    config: KafkaConfig, error: Any, topic: str | None = None, welcome: Welcome | None = None
) -> Systemic:
    """The failure of a message that the brokers did not take."""
    refusal = refused(config, error, topic) or (None if welcome is None else welcome.recent)
    if refusal is not None:
        return refusal
    if error.code() == RawError._MSG_TIMED_OUT:  # noqa: SLF001 - the public name of the code
        return Systemic(
            Reason.STREAM_FAILED,
            "an outcome could not be published within"
            f" {config.producer.delivery_timeout_ms / 1000:g} s"
            " (kafka.producer.delivery_timeout_ms)",
        )
    raised = as_exception(error, topic)
    said = refusal_of(config, raised)
    name = error.name() if error.code() < 0 else type(raised).__name__
    return said or Systemic(Reason.STREAM_FAILED, f"an outcome could not be published: {name}")
