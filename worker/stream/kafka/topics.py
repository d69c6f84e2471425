"""Whether the topics are there."""

from __future__ import annotations

import ssl
import time
from typing import Any

from kafka import KafkaConsumer
from kafka.errors import (
    InvalidReceiveError,
    KafkaConfigurationError,
    KafkaError,
    TopicAuthorizationFailedError,
    for_code,
)
from kafka.protocol.metadata import MetadataRequest

from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.refusal import refusal_of
from worker.stream.kafka.watched_client import chain, refusal_met

ASK_AGAIN_S = 0.2

ASK_MS = 5_000


def unreachable(config: KafkaConfig, error: BaseException) -> Systemic:
    """The failure of a client that could not be made, or that cannot go on."""
    if isinstance(error, Systemic):
        return error
    refusal = refusal_of(config, error)
    if refusal is not None:
        return refusal
    if isinstance(error, KafkaConfigurationError):
        return Systemic(
            Reason.STREAM_FAILED, f"the Kafka client does not take these settings: {error}"
        )
    return Systemic(
        Reason.STREAM_FAILED,
        f"no broker answers at {', '.join(config.bootstrap_servers)} (kafka.bootstrap_servers):"
        f" {_why(error)}",
    )


def _why(error: BaseException) -> str:
    """An error's name, and what the last connection failed by, where it is known."""
    cause = error.__cause__
    if cause is None:
        return type(error).__name__
    ended = (ssl.SSLEOFError, ConnectionResetError, BrokenPipeError, InvalidReceiveError)
    if any(isinstance(one, ended) or "disconnected" in str(one) for one in chain(cause)):
        return (
            "it understands us as little as we do it; is kafka.security_protocol that of the port?"
            f" ({type(error).__name__})"
        )
    return f"{type(error).__name__}, after {type(cause).__name__}"


def check_welcome(config: KafkaConfig, consumer: Any) -> None:
    """Raises ``Systemic`` where a broker has refused a consumer for too long to be passing."""
    error = refusal_met(consumer)
    if error is not None:
        raise unreachable(config, error) from error


def find_partitions(client: Any, topic: str, setting: str, timeout_ms: int) -> set[int]:
    """The partitions of a topic, asked of a consumer or a producer.

    Raises ``Systemic`` where there is none. Asks more than once: a topic made a moment ago is not
    known to every broker yet.
    """
    ask = getattr(client, "partitions_for_topic", None) or client.partitions_for
    deadline = time.monotonic() + timeout_ms / 1000
    while True:
        try:
            found: set[int] | None = ask(topic)
        except TopicAuthorizationFailedError as error:
            raise _hidden(topic, setting) from error
        except KafkaError:
            found = None
        if found:
            return found
        if hasattr(client, "partitions_for_topic") and is_hidden(client, topic):
            raise _hidden(topic, setting)
        if time.monotonic() > deadline:
            raise Systemic(
                Reason.STREAM_FAILED,
                f"there is no topic {topic!r} ({setting}), or we may not see it; create it first",
            )
        time.sleep(ASK_AGAIN_S)


def is_hidden(consumer: Any, topic: str) -> bool:
    """Whether the brokers hide it from us.

    A consumer asks for all topics, and is given those that it may see; about one that is named, it
    is told.
    """
    manager: Any = consumer._manager  # noqa: SLF001 - there is no public way

    async def ask() -> Any:
        named = MetadataRequest.MetadataRequestTopic(name=topic)
        request = MetadataRequest(topics=[named], allow_auto_topic_creation=False)
        return await manager.send(request, request_timeout_ms=ASK_MS)

    try:
        answer = manager.run(ask)
    except KafkaError:
        return False
    return any(for_code(one.error_code) is TopicAuthorizationFailedError for one in answer.topics)


def _hidden(topic: str, setting: str) -> Systemic:
    """The failure of a topic that is hidden from us."""
    return Systemic(
        Reason.STREAM_FAILED,
        f"our principal may not see topic {topic!r} ({setting}): it needs READ on what the worker"
        " takes from, WRITE on what it publishes to; either brings DESCRIBE with it",
    )


def describe_topics(config: KafkaConfig) -> list[str]:
    """One line a topic. Raises ``Systemic`` that names what is missing. Joins no group. Blocks."""
    try:
        consumer = KafkaConsumer(**config.client(), group_id=None)
    except Exception as error:
        # kafka-python raises its own errors here, and OSError for files and names.
        raise unreachable(config, error) from error
    try:
        lines = []
        for role, topic in config.topics.all():
            found = find_partitions(consumer, topic, f"kafka.topics.{role}", timeout_ms=5_000)
            lines.append(f"{role}: {topic}, {len(found)} partitions")
        return lines
    finally:
        consumer.close(autocommit=False)
