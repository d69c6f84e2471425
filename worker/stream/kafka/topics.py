"""Whether the topics are there."""

from __future__ import annotations

import time
from typing import Any

from kafka import KafkaConsumer
from kafka.errors import KafkaError

from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.config import KafkaConfig

ASK_AGAIN_S = 0.2


def unreachable(config: KafkaConfig, error: BaseException) -> Systemic:
    """The failure of a client that finds no broker."""
    return Systemic(
        Reason.STREAM_FAILED,
        f"no broker answers at {', '.join(config.bootstrap_servers)} (kafka.bootstrap_servers):"
        f" {type(error).__name__}",
    )


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
        except KafkaError:
            found = None
        if found:
            return found
        if time.monotonic() > deadline:
            raise Systemic(
                Reason.STREAM_FAILED,
                f"there is no topic {topic!r} ({setting}), or we may not see it; create it first",
            )
        time.sleep(ASK_AGAIN_S)


def describe_topics(config: KafkaConfig) -> list[str]:
    """One line a topic. Raises ``Systemic`` that names what is missing. Joins no group. Blocks."""
    try:
        consumer = KafkaConsumer(**config.client(), group_id=None)
    except KafkaError as error:
        raise unreachable(config, error) from error
    try:
        lines = []
        for role, topic in config.topics.model_dump().items():
            found = find_partitions(consumer, topic, f"kafka.topics.{role}", timeout_ms=5_000)
            lines.append(f"{role}: {topic}, {len(found)} partitions")
        return lines
    finally:
        consumer.close(autocommit=False)
