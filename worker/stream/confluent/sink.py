"""Messages to Kafka, through librdkafka."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Message
from worker.stream.confluent.errors import TOO_LARGE, error_name, raw_error
from worker.stream.confluent.producer import (
    Publisher,
    Stored,
    not_published,
    open_publisher,
)
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.message_sizes import (
    largest_after_refusal,
    largest_message,
    size_of,
)
from worker.stream.kafka.producer import topic_of
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.protocol import OutcomeTooLarge
from worker.stream.witness import StreamWitness, Unwitnessed

ROOM_S = 0.01
"""Between two looks whether the producer has room again: a full one empties in milliseconds."""

AROUND, AROUND_HEADER = 128, 10
"""Bytes of a batch and a record around their payload (message format v2: 61, and seven numbers of
10 at most), and of a header: never less than it takes, and quicker to add up than to count."""


@dataclass(slots=True, eq=False)
class _Sent:
    """One message on its way, and who waits for it."""

    topic: str
    begun: float
    published: asyncio.Future[None]
    stored: Callable[[Any], None] | None
    error: Any = None

    def report(self, error: Any, message: Any) -> None:
        self.error = error
        if error is None and self.stored is not None:
            self.stored(Stored.of(message))


class ConfluentSink:
    """An idempotent producer. A message counts as published once all in-sync replicas have it.

    Reports come on a thread of the producer's, as many at once as a batch had messages, and go to
    the event loop together.
    """

    def __init__(
        self,
        config: KafkaConfig,
        witness: StreamWitness | None = None,
        spans: KafkaSpans | None = None,
    ) -> None:
        self._config = config
        self._witness = witness or Unwitnessed()
        self._spans = spans or KafkaSpans(config)
        self._publisher: Publisher | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._largest = 0
        self._one_by_one = asyncio.Lock()

    async def start(self) -> None:
        """See ``Sink``."""
        self._loop = asyncio.get_running_loop()
        self._publisher = await asyncio.to_thread(self._open)
        self._largest = await asyncio.to_thread(largest_message, self._config)

    def _open(self) -> Publisher:
        return open_publisher(self._config, heard=self._hand_over)

    def _hand_over(self, heard: list[_Sent]) -> None:
        """Called on the thread of the reports."""
        assert self._loop is not None, "start() comes first"
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._settle, heard)

    def _settle(self, heard: list[_Sent]) -> None:
        now = time.monotonic()
        for one in heard:
            error = one.error
            self._witness.sent(
                one.topic, now - one.begun, None if error is None else error_name(error)
            )
            if one.published.done():
                continue
            if error is None:
                one.published.set_result(None)
            else:
                one.published.set_exception(self._failure(error, one.topic))

    async def publish(self, message: Message) -> None:
        """See ``Sink``."""
        topic = topic_of(self._config.topics, message)
        if not self._spans.on:
            await self._publish(topic, message)
            return
        with self._spans.send(topic, message) as sent:
            await self._publish(topic, sent)

    async def _publish(self, topic: str, message: Message) -> None:
        if self._is_too_large(message):
            raise OutcomeTooLarge
        publisher = self._publisher
        assert publisher is not None, "start() comes first"
        try:
            await self._send(publisher, topic, message)
        except _Refused:
            await self._send_alone(topic, message)

    def _is_too_large(self, message: Message) -> bool:
        most = AROUND + len(message.value or b"") + len(message.key or b"")
        for name, value in message.headers:
            most += AROUND_HEADER + 4 * len(name) + len(value)  # of UTF-8: four bytes at most
        return most > self._largest and size_of(message) > self._largest

    async def _send_alone(self, topic: str, message: Message) -> None:
        """A broker refused a batch, for this message or for one beside it."""
        async with self._one_by_one:
            if size_of(message) > self._largest:
                raise OutcomeTooLarge  # by what was learned while this one waited
            own = await asyncio.to_thread(Publisher, self._config, heard=self._hand_over)
            try:
                await self._send(own, topic, message)
            except _Refused:
                self._largest = largest_after_refusal(message)
                raise OutcomeTooLarge from None
            finally:
                await asyncio.to_thread(own.close)

    async def _send(self, publisher: Publisher, topic: str, message: Message) -> None:
        loop = asyncio.get_running_loop()
        one = _Sent(
            topic,
            time.monotonic(),
            loop.create_future(),
            self._spans.stored() if self._spans.on else None,
        )

        while True:
            try:
                publisher.send(topic, message, one)
            except BufferError:
                await asyncio.sleep(ROOM_S)
            except KafkaException as error:
                raw = raw_error(error)
                self._witness.sent(
                    topic, time.monotonic() - one.begun, None if raw is None else error_name(raw)
                )
                raise self._failure(raw, topic) from error
            else:
                break
        await one.published

    def _failure(self, error: Any, topic: str) -> Exception:
        if error is None:
            return Systemic(Reason.STREAM_FAILED, "an outcome could not be published")
        if error.code() in TOO_LARGE:
            return _Refused()
        welcome = self._publisher.welcome if self._publisher is not None else None
        return not_published(self._config, error, topic, welcome)

    async def close(self) -> None:
        """See ``Sink``."""
        if self._publisher is not None:
            with contextlib.suppress(KafkaException):
                await asyncio.to_thread(self._publisher.close)


class _Refused(Exception):
    """A broker did not take this message, or one that was sent beside it, for its size."""
