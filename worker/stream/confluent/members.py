"""A worker's members of its group: one consumer for each topic.

librdkafka's cooperative-sticky shares the partitions of all topics as one heap, and takes no
assignor of ours: the second worker of a group was given all retry topics, and the first one kept
all uploads. As members that subscribe to one topic each, every topic is shared evenly for itself.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from worker.stream.confluent.config import consumer_settings
from worker.stream.confluent.errors import raw_error
from worker.stream.confluent.welcome import Welcome
from worker.stream.kafka.config import KafkaConfig
from worker.stream.ledger import Partition

log = structlog.get_logger(__name__)

Listener = Callable[[Any, list[Partition]], None]
"""Told of a consumer, and partitions that came to it or went. It raises nothing."""

Committed = Callable[[Any, Any, list[Any]], None]
"""Told of a consumer, an error or None, and what was committed, in librdkafka's own forms."""


class Members:
    """All consumers of one worker, as one. Used by the thread that polls them, and by no other."""

    def __init__(self, config: KafkaConfig, welcome: Welcome, committed: Committed) -> None:
        self._eager = config.consumer.partition_assignment_strategy != "cooperative-sticky"
        self._consumers: list[Any] = []
        self._of: dict[str, Any] = {}
        self._assigned: set[Partition] = set()
        self._paused: set[Partition] = set()
        self._fresh: set[Partition] = set()
        self._joined: set[int] = set()
        self._turn = 0
        try:
            for member, topic in _shares(config):
                self._add(config, welcome, member, topic, committed)
        except BaseException:
            self.close()
            raise

    def _add(
        self,
        config: KafkaConfig,
        welcome: Welcome,
        member: str,
        topic: str,
        committed: Committed,
    ) -> None:
        def on_commit(error: Any, partitions: list[Any]) -> None:
            committed(consumer, error, partitions)

        consumer = Consumer(consumer_settings(config, welcome, member=member, on_commit=on_commit))
        self._consumers.append(consumer)
        self._of[topic] = consumer

    def subscribe(self, *, assigned: Listener, revoked: Listener, lost: Listener) -> None:
        """Join the group. The listeners are called while it is polled."""

        def came(consumer: Any, partitions: list[Any]) -> None:
            found = _partitions(partitions)
            # It starts at what is committed: librdkafka asks for that itself. Nothing is taken
            # until it is known here, too, so that it begins paused.
            (consumer.assign if self._eager else consumer.incremental_assign)(partitions)
            if partitions:
                consumer.pause(partitions)
            self._assigned |= set(found)
            self._paused |= set(found)
            self._fresh |= set(found)
            self._joined.add(id(consumer))
            assigned(consumer, found)

        def went(told: Listener) -> Callable[[Any, list[Any]], None]:
            def on_gone(consumer: Any, partitions: list[Any]) -> None:
                found = _partitions(partitions)
                told(consumer, found)  # what is done may still be committed
                self._assigned -= set(found)
                self._paused -= set(found)
                self._fresh -= set(found)

            return on_gone

        for topic, consumer in self._of.items():
            consumer.subscribe([topic], on_assign=came, on_revoke=went(revoked), on_lost=went(lost))

    @property
    def joined(self) -> bool:
        """Whether each was told once what is its own, which may be nothing."""
        return len(self._joined) == len(self._consumers)

    def consume(self, limit: int, timeout_s: float) -> list[Any]:
        """Messages and errors, as they came. Waits for the first one of the uploads only.

        The uploads have at least half of the places; the others take turns at the rest.
        ``consume()`` waits until all are there that were asked for, or its time is over; so it is
        asked for one, and then for what is there beside.
        """
        uploads, *others = self._consumers
        found: list[Any] = []
        for consumer in others[self._turn :] + others[: self._turn]:
            places = max(1, limit // 2) - len(found)
            if places > 0:
                found += consumer.consume(places, 0)
        self._turn = (self._turn + 1) % max(1, len(others))
        waited: list[Any] = uploads.consume(1, 0 if found else timeout_s)
        left = limit - len(found) - len(waited)
        if waited and left > 0:
            waited += uploads.consume(left, 0)
        return found + waited

    def assignment(self) -> set[Partition]:
        """Those of all members."""
        return set(self._assigned)

    def paused(self) -> set[Partition]:
        """Those that nothing is fetched from."""
        return set(self._paused)

    def pause(self, *partitions: Partition) -> None:
        """Fetch no more from these. What was fetched and not yet taken is fetched again later."""
        for consumer, own in self._by_consumer(partitions):
            consumer.pause([TopicPartition(*one) for one in own])
            self._paused |= set(own)

    def resume(self, *partitions: Partition) -> None:
        """Fetch from these."""
        for consumer, own in self._by_consumer(partitions):
            consumer.resume([TopicPartition(*one) for one in own])
            self._paused -= set(own)
            self._fresh -= set(own)

    def is_fresh(self, partition: Partition) -> bool:
        """Whether nothing was fetched from it since it came: it stands at what is committed."""
        return partition in self._fresh

    def seek(self, partition: Partition, offset: int | None) -> None:
        """Go on there; None is the partition's beginning. What was fetched before is dropped.

        Raises ``KafkaException``, such as for a partition that was assigned a moment ago.
        """
        at = OFFSET_BEGINNING if offset is None else offset
        self._of[partition.topic].seek(TopicPartition(*partition, at))

    def committed(
        self, partitions: Iterable[Partition], timeout_s: float
    ) -> dict[Partition, int | None]:
        """What the group has committed, of those that could be told in time. Blocks."""
        found: dict[Partition, int | None] = {}
        for consumer, own in self._by_consumer(partitions):
            try:
                told = consumer.committed([TopicPartition(*one) for one in own], timeout_s)
            except KafkaException as error:
                log.warning("committed_unknown", error=_name(error))
                continue
            for one in told:
                if one.error is None:
                    found[Partition(one.topic, one.partition)] = (
                        one.offset if one.offset >= 0 else None
                    )
        return found

    def positions(self) -> dict[Partition, int]:
        """The next offset of each partition that anything came from."""
        found: dict[Partition, int] = {}
        for consumer, own in self._by_consumer(self._assigned - self._paused):
            with contextlib.suppress(KafkaException):
                for one in consumer.position([TopicPartition(*each) for each in own]):
                    if one.offset >= 0:
                        found[Partition(one.topic, one.partition)] = one.offset
        return found

    def bounds(self) -> dict[Partition, tuple[int, int]]:
        """First and next offset of each partition's log, as of its last fetch. Asks nobody."""
        found: dict[Partition, tuple[int, int]] = {}
        for partition in self._assigned:
            with contextlib.suppress(KafkaException):
                low, high = self._of[partition.topic].get_watermark_offsets(
                    TopicPartition(*partition), cached=True
                )
                if high >= 0:
                    found[partition] = max(0, low), high
        return found

    def commit(self, offsets: Mapping[Partition, int]) -> list[tuple[Any, dict[Partition, int]]]:
        """Begin to commit these; each consumer concerned, and its part. Its end is told later."""
        begun = []
        for consumer, own in self._by_consumer(offsets):
            part = {partition: offsets[partition] for partition in own}
            consumer.commit(offsets=as_librdkafka(part), asynchronous=True)
            begun.append((consumer, part))
        return begun

    def group_metadata(self) -> dict[str, Any]:
        """For a transaction: what the group knows each member by, by its topic."""
        return {topic: one.consumer_group_metadata() for topic, one in self._of.items()}

    def close(self) -> None:
        """Leave the group. A static member stays in it until its session ends."""
        for consumer in self._consumers:
            begun = time.monotonic()
            consumer.close()
            log.debug("consumer_closed", seconds=round(time.monotonic() - begun, 1))

    def _by_consumer(self, partitions: Iterable[Partition]) -> list[tuple[Any, list[Partition]]]:
        found: dict[int, tuple[Any, list[Partition]]] = {}
        for partition in partitions:
            consumer = self._of[partition.topic]
            found.setdefault(id(consumer), (consumer, []))[1].append(partition)
        return list(found.values())


def as_librdkafka(offsets: Mapping[Partition, int]) -> list[Any]:
    """For a commit."""
    return [TopicPartition(*partition, offset) for partition, offset in offsets.items()]


def _shares(config: KafkaConfig) -> list[tuple[str, str]]:
    """What each member subscribes to, uploads first; and the end of its name as a static one."""
    return [
        (f"-{number}-{role}" if number else "", topic)
        for number, (role, topic) in enumerate(config.topics.inputs())
    ]


def _partitions(found: Iterable[Any]) -> list[Partition]:
    return [Partition(one.topic, one.partition) for one in found]


def _name(error: KafkaException) -> str:
    found = raw_error(error)
    return type(error).__name__ if found is None else found.name()
