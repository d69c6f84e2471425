"""Messages to Kafka."""

from __future__ import annotations

import asyncio
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.topics import find_partitions, unreachable
from worker.stream.protocol import OutcomeTooLarge

CLOSE_TIMEOUT_S = 10.0


class KafkaSink:
    """An idempotent producer. A message counts as published once all in-sync replicas have it."""

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._topics = {
            Outlet.VERDICTS: config.topics.verdicts,
            Outlet.DEAD_LETTERS: config.topics.dead_letters,
        }
        self._producer: Any = None

    async def start(self) -> None:
        """See ``Sink``."""
        self._producer = await asyncio.to_thread(self._connect)

    def _connect(self) -> Any:
        settings = self._config.producer
        try:
            producer = KafkaProducer(
                **self._config.client(),
                acks="all",
                enable_idempotence=True,
                compression_type=None if settings.compression == "none" else settings.compression,
                linger_ms=settings.linger_ms,
                max_request_size=settings.max_request_size,
                delivery_timeout_ms=settings.delivery_timeout_ms,
                max_block_ms=self._config.connect_timeout_ms,
            )
        except Exception as error:
            # kafka-python raises its own errors here, and OSError for files and names.
            raise unreachable(self._config, error) from error
        try:
            # Now, for send() blocks while a topic is unknown, and this loop must not.
            for outlet, topic in self._topics.items():
                find_partitions(
                    producer, topic, f"kafka.topics.{outlet}", self._config.connect_timeout_ms
                )
        except Systemic:
            producer.close(timeout=0)
            raise
        return producer

    async def publish(self, message: Message) -> None:
        """See ``Sink``."""
        loop = asyncio.get_running_loop()
        published: asyncio.Future[None] = loop.create_future()

        def settle(error: BaseException | None) -> None:
            if published.done():
                return
            if error is None:
                published.set_result(None)
            else:
                published.set_exception(_failure(error))

        try:
            sent = self._producer.send(
                self._topics[message.outlet],
                # kafka-python refuses a message with neither, though Kafka has them: a dead letter
                # for one goes with an empty value.
                value=b"" if message.value is None and message.key is None else message.value,
                key=message.key,
                headers=list(message.headers),
            )
        except KafkaError as error:
            raise _failure(error) from error
        sent.add_callback(lambda _: loop.call_soon_threadsafe(settle, None))
        sent.add_errback(lambda error: loop.call_soon_threadsafe(settle, error))
        await published

    async def close(self) -> None:
        """See ``Sink``."""
        if self._producer is not None:
            await asyncio.to_thread(self._producer.close, timeout=CLOSE_TIMEOUT_S)


def _failure(error: BaseException) -> Exception:
    if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
        return OutcomeTooLarge()
    return Systemic(
        Reason.STREAM_FAILED, f"an outcome could not be published: {type(error).__name__}"
    )
