"""The producer as we want it, and where its messages go."""

from __future__ import annotations

from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.refusal import refusal_of
from worker.stream.kafka.topic_names import TopicNames
from worker.stream.kafka.topics import find_partitions, unreachable

log = structlog.get_logger(__name__)

CLOSE_TIMEOUT_S = 10.0

REQUEST_TIMEOUT_MS = 30_000
"""Kafka's own default."""


def connect_producer(
    config: KafkaConfig, *, max_block_ms: int, transactional_id: str | None = None
) -> Any:
    """An idempotent producer with acks=all. Raises ``Systemic`` where no broker answers.

    ``max_block_ms`` is Kafka's max.block.ms, such as for a topic to be known.
    """
    settings = config.producer
    options: dict[str, Any] = {}
    delivery_timeout_ms = settings.delivery_timeout_ms
    if transactional_id is not None:
        options["transactional_id"] = transactional_id
        options["transaction_timeout_ms"] = settings.transaction_timeout_ms
        # A message that cannot be delivered fails before its transaction is taken for abandoned:
        # that error ends kafka-python's producer, and an early one only the transaction.
        delivery_timeout_ms = min(delivery_timeout_ms, settings.transaction_timeout_ms * 3 // 4)
    try:
        return KafkaProducer(
            **config.client(),
            acks="all",
            enable_idempotence=True,
            compression_type=None if settings.compression == "none" else settings.compression,
            linger_ms=settings.linger_ms,
            max_request_size=settings.max_request_size,
            delivery_timeout_ms=delivery_timeout_ms,
            # kafka-python refuses a delivery that has no time for one whole request.
            request_timeout_ms=min(REQUEST_TIMEOUT_MS, delivery_timeout_ms - settings.linger_ms),
            max_block_ms=max_block_ms,
            **options,
        )
    except Exception as error:
        # kafka-python raises its own errors here, and OSError for files and names.
        raise unreachable(config, error) from error


def open_producer(config: KafkaConfig, *, transactional_id: str | None = None) -> Any:
    """A producer that knows the topics of the settings. Raises ``Systemic`` if one is missing."""
    producer = connect_producer(
        config, max_block_ms=config.connect_timeout_ms, transactional_id=transactional_id
    )
    try:
        # Now, for send() blocks while a topic is unknown, and an event loop must not.
        for role, topic in config.topics.all():
            if role != "uploads":
                find_partitions(producer, topic, f"kafka.topics.{role}", config.connect_timeout_ms)
    except Systemic:
        producer.close(timeout=0)
        raise
    return producer


def close_producer(producer: Any) -> None:
    """Flush and disconnect; what could not be sent by then was not acknowledged to anybody."""
    try:
        producer.close(timeout=CLOSE_TIMEOUT_S)
    except KafkaError as error:
        log.warning("producer_closed_unflushed", error=type(error).__name__)


def send(producer: Any, topics: TopicNames, message: Message) -> Any:
    """Give the message to the producer; its future. Raises what kafka-python raises at once."""
    return producer.send(
        topic_of(topics, message),
        # kafka-python refuses a message with neither, though Kafka has them: a dead letter for one
        # goes with an empty value.
        value=b"" if message.value is None and message.key is None else message.value,
        key=message.key,
        headers=list(message.headers),
    )


def topic_of(topics: TopicNames, message: Message) -> str:
    """Where a message goes."""
    if message.outlet is Outlet.VERDICTS:
        return topics.verdicts
    if message.outlet is Outlet.RETRIES:
        return topics.retries[message.tier].name
    if message.outlet is Outlet.BACKFILL and topics.backfill is not None:
        return topics.backfill
    return topics.dead_letters


def not_published(config: KafkaConfig, error: BaseException) -> Systemic:
    """The failure of a message that the brokers did not take."""
    return refusal_of(config, error) or Systemic(
        Reason.STREAM_FAILED, f"an outcome could not be published: {type(error).__name__}"
    )
