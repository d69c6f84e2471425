"""The consumer as we want it, and its records as ours."""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from worker.domain.failure import Systemic
from worker.domain.lane import Lane
from worker.domain.record import Record
from worker.stream.kafka.assignor import CooperativeByTopic
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.topics import find_partitions, unreachable

ASSIGNORS = {
    "cooperative-sticky": CooperativeByTopic,
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
}
"""By Kafka's names for them."""


def assignor_of(config: KafkaConfig) -> Any:
    """A new assignor of the kind that the settings name."""
    return ASSIGNORS[config.consumer.partition_assignment_strategy]()


def open_consumer(config: KafkaConfig, assignor: Any) -> Any:
    """A consumer that may be subscribed to the topics of the settings.

    Raises ``Systemic`` where one is missing, and what kafka-python raises where no broker is.
    """
    settings = config.consumer
    consumer = KafkaConsumer(
        **config.client(),
        group_id=settings.group_id,
        group_instance_id=settings.group_instance_id,
        client_rack=settings.client_rack or "",
        partition_assignment_strategy=[assignor],
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        # Retry topics are written by workers in transactions; and so may the uploads be.
        isolation_level="read_committed",
        max_poll_records=settings.max_poll_records,
        max_poll_interval_ms=settings.max_poll_interval_ms,
        session_timeout_ms=settings.session_timeout_ms,
    )
    try:
        for role, topic in config.topics.inputs():
            find_partitions(consumer, topic, f"kafka.topics.{role}", config.connect_timeout_ms)
    except BaseException:
        consumer.close(autocommit=False)
        raise
    return consumer


def connect_consumer(config: KafkaConfig, assignor: Any) -> Any:
    """The same. Raises ``Systemic`` only."""
    try:
        return open_consumer(config, assignor)
    except Systemic:
        raise
    except Exception as error:
        # kafka-python raises its own errors here, and OSError for files and names.
        raise unreachable(config, error) from error


def as_record(record: Any, lane: Lane = Lane.LIVE, *, is_retry: bool = False) -> Record:
    """A record as kafka-python gives it."""
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        value=record.value,
        key=record.key,
        headers=tuple((name, value or b"") for name, value in record.headers),
        timestamp_ms=record.timestamp if record.timestamp >= 0 else None,
        lane=lane,
        is_retry=is_retry,
    )
