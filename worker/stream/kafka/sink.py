"""Messages to Kafka."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from worker.domain.record import Message
from worker.process.hand_over import HandOver
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.message_sizes import (
    largest_after_refusal,
    largest_message,
    size_of,
)
from worker.stream.kafka.polls import name_of
from worker.stream.kafka.producer import (
    close_producer,
    not_published,
    open_producer,
    send,
    topic_of,
)
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.protocol import OutcomeTooLarge
from worker.stream.witness import StreamWitness, Unwitnessed


class KafkaSink:
    """An idempotent producer. A message counts as published once all in-sync replicas have it.

    kafka-python 3.0.12 ends a producer for good when a broker refuses one message for its size, and
    has every other message fail with it. So none is sent that the topics' settings do not allow;
    and where these could not be read, each message that failed so is sent again by itself.
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
        self._producer: Any = None
        self._largest = 0
        self._one_by_one = asyncio.Lock()
        self._acknowledged: HandOver

    async def start(self) -> None:
        """See ``Sink``."""
        self._acknowledged = HandOver(asyncio.get_running_loop())
        self._producer = await asyncio.to_thread(open_producer, self._config)
        self._largest = await asyncio.to_thread(largest_message, self._config)

    async def publish(self, message: Message) -> None:
        """See ``Sink``."""
        with self._spans.send(topic_of(self._config.topics, message), message) as sent:
            await self._publish(sent)

    async def _publish(self, message: Message) -> None:
        if size_of(message) > self._largest:
            raise OutcomeTooLarge
        producer = self._producer
        try:
            await self._send(producer, message)
        except _Refused:
            await self._send_alone(message, producer)

    async def _send_alone(self, message: Message, failed: Any) -> None:
        async with self._one_by_one:
            if self._producer is failed:
                self._producer = await asyncio.to_thread(open_producer, self._config)
                await asyncio.to_thread(failed.close, timeout=0)
            if size_of(message) > self._largest:
                raise OutcomeTooLarge  # by what was learned while this one waited
            own = await asyncio.to_thread(open_producer, self._config)
            try:
                await self._send(own, message)
            except _Refused:
                self._largest = largest_after_refusal(message)
                raise OutcomeTooLarge from None
            finally:
                await asyncio.to_thread(close_producer, own)

    async def _send(self, producer: Any, message: Message) -> None:
        published: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        topic, begun = topic_of(self._config.topics, message), time.monotonic()
        stored, hand_over = self._spans.stored(), self._acknowledged.hand_over

        def settle(error: BaseException | None) -> None:
            spent = time.monotonic() - begun
            self._witness.sent(topic, spent, None if error is None else name_of(error))
            if published.done():
                return
            if error is None:
                published.set_result(None)
            else:
                published.set_exception(_failure(self._config, error))

        def acknowledged(metadata: Any) -> None:
            stored(metadata)
            hand_over(partial(settle, None))

        try:
            sent = send(producer, self._config.topics, message)
        except KafkaError as error:
            self._witness.sent(topic, time.monotonic() - begun, name_of(error))
            raise _failure(self._config, error) from error
        sent.add_callback(acknowledged)
        sent.add_errback(lambda error: hand_over(partial(settle, error)))
        await published

    async def close(self) -> None:
        """See ``Sink``."""
        if self._producer is not None:
            await asyncio.to_thread(close_producer, self._producer)


class _Refused(Exception):
    """A broker did not take this message, or one that was sent beside it, for its size."""


def _failure(config: KafkaConfig, error: BaseException) -> Exception:
    if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
        return _Refused()
    return not_published(config, error)
