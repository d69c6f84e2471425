"""Dealing partitions out topic by topic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.protocol.consumer.metadata import (
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
)


@dataclass(frozen=True, slots=True)
class _Member:
    """A member as an assignor sees it."""

    member_id: str
    metadata: Any


class CooperativeByTopic(CooperativeStickyAssignor):  # type: ignore[misc]
    """Kafka's cooperative-sticky, with each topic's partitions shared evenly for themselves.

    kafka-python 3.0.12 shares the partitions of all topics as one heap: with as many partitions in
    the retry topics as in the uploads', one of two workers could get all of the uploads and the
    other the topics where nothing happens. It can be mixed with members that have the original.
    """

    member_assignment: list[TopicPartition] | None

    def assign(self, cluster: Any, members: Sequence[Any]) -> dict[str, Any]:
        """See ``AbstractPartitionAssignor``."""
        dealt: dict[str, list[tuple[str, list[int]]]] = {one.member_id: [] for one in members}
        for topic in sorted({topic for one in members for topic in one.metadata.topics}):
            subscribers = [
                _Member(one.member_id, _of_topic(one.metadata, topic))
                for one in members
                if topic in one.metadata.topics
            ]
            for member_id, assignment in super().assign(cluster, subscribers).items():
                by_topic: defaultdict[str, list[int]] = defaultdict(list)
                for partition in assignment.partitions():
                    by_topic[partition.topic].append(partition.partition)
                dealt[member_id] += sorted(by_topic.items())
        return {
            member_id: ConsumerProtocolAssignment(self.version, parts, b"")
            for member_id, parts in dealt.items()
        }

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These were lost to others.

        kafka-python would claim them at the next join, beside their new owner; the leader believes
        neither then, and takes everything from both.
        """
        lost = set(partitions)
        claimed: Iterable[TopicPartition] = self.member_assignment or ()
        kept = [one for one in claimed if one not in lost]
        self.member_assignment = kept or None


def _of_topic(metadata: Any, topic: str) -> ConsumerProtocolSubscription:
    """What a member says, as if it had subscribed to this topic alone."""
    owned = getattr(metadata, "owned_partitions", None) or ()
    found = ConsumerProtocolSubscription(
        version=metadata.version,
        topics=[topic],
        user_data=b"",
        owned_partitions=[one for one in owned if one.topic == topic],
    )
    found.generation_id = metadata.generation_id
    return found
