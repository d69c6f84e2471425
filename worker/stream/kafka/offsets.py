"""Offsets as kafka-python takes them."""

from __future__ import annotations

from collections.abc import Mapping

from kafka import OffsetAndMetadata, TopicPartition

from worker.stream.ledger import Partition

NO_LEADER_EPOCH = -1
"""KIP-320's "not known": the brokers then do not compare it."""


def as_kafka(offsets: Mapping[Partition, int]) -> dict[TopicPartition, OffsetAndMetadata]:
    """For a commit."""
    return {
        TopicPartition(partition.topic, partition.number): OffsetAndMetadata(
            offset, "", NO_LEADER_EPOCH
        )
        for partition, offset in offsets.items()
    }
