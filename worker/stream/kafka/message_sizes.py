"""How large a message may be."""

from __future__ import annotations

import structlog
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError
from kafka.record.default_records import DefaultRecordBatchBuilder

from worker.domain.record import Message
from worker.stream.kafka.admin import open_admin
from worker.stream.kafka.config import KafkaConfig

log = structlog.get_logger(__name__)

LARGEST = "max.message.bytes"
"""Kafka's setting of a topic: the largest record batch that it takes, after compression."""

BATCH_HEADER = 61
"""Bytes of a record batch before its records (message format v2)."""


def largest_message(config: KafkaConfig) -> int:
    """Bytes of one message, before compression, that every topic we write to takes. Blocks.

    Where the topics' settings
    cannot be read, ``kafka.producer.max_request_size`` is all there is.
    """
    found = [config.producer.max_request_size]
    topics = [topic for role, topic in config.topics.all() if role != "uploads"]
    admin = open_admin(config)
    try:
        described = admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, {LARGEST: None}) for topic in topics],
            config_filter="all",
        )
    except KafkaError as error:
        log.warning(
            "topic_settings_unknown",
            error=type(error).__name__,
            note="the worker may not describe them; it learns what is too large by trying",
        )
        return min(found)
    finally:
        admin.close()
    for stated_settings in described.get("topic", {}).values():
        stated = stated_settings.get(LARGEST, {}).get("value")
        if stated is not None:
            found.append(int(stated))
    return min(found)


def size_of(message: Message) -> int:
    """Bytes of the message as a batch of its own, uncompressed: never less than it takes."""
    size: int = DefaultRecordBatchBuilder.estimate_size_in_bytes(
        message.key, message.value, list(message.headers)
    )
    return size + BATCH_HEADER


def largest_after_refusal(message: Message) -> int:
    """Bytes that a topic may still take, after it refused this message by itself."""
    log.warning(
        "message_refused",
        bytes=size_of(message),
        note="larger than its topic takes; let the worker describe the topics' settings"
        " or lower kafka.producer.max_request_size",
    )
    return size_of(message) - 1
