"""The topics of one scenario: what was published, and what was committed."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

from tests.faults.cluster import Cluster
from tests.faults.outcome import Outcome, TopicReader
from tests.faults.upload import Upload
from tests.faults.waiting import wait_until

PARTITIONS = 6
RETRIES_S = (1, 3)
"""Delays of the retry topics: two tiers, short enough to wait for."""

PUBLISH_TIMEOUT_S = 600
BROKER_TIME = {"message.timestamp.type": "LogAppendTime"}
"""Times of outcomes are then the broker's, also where a worker's clock jumps."""


@dataclass
class Stream:
    """Its topics, its group, and the events on it."""

    cluster: Cluster
    partitions: int = PARTITIONS
    letters_on: tuple[int, ...] = (1, 2, 3)
    """Numbers of the brokers that have the dead letters."""
    tail: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    published: dict[tuple[int, int], Upload] = field(default_factory=dict)
    """Every event by the partition and offset where it is."""

    def __post_init__(self) -> None:
        self.uploads = f"uploads-{self.tail}"
        self.verdicts = f"verdicts-{self.tail}"
        self.dead_letters = f"dlq-{self.tail}"
        self.retries = {f"retry-{delay}s-{self.tail}": delay for delay in RETRIES_S}
        self.group = f"group-{self.tail}"
        self.cluster.create([self.uploads], self.partitions)
        self.cluster.create([self.verdicts, *self.retries], self.partitions, BROKER_TIME)
        self.cluster.create([self.dead_letters], self.partitions, BROKER_TIME, self.letters_on)
        self._unplaced: dict[bytes | None, Upload] = {}
        """By their values, each of which there is once."""
        self._watching = self.reader()
        self._abandoned = threading.Event()
        """Nobody waits any longer for what is still to be published."""

    def settings(self) -> list[str]:
        """For ``--set``."""
        retries = ",".join(f"{topic}={delay}" for topic, delay in self.retries.items())
        return [
            f"kafka.topics.uploads={self.uploads}",
            f"kafka.topics.verdicts={self.verdicts}",
            f"kafka.topics.dead_letters={self.dead_letters}",
            f"kafka.topics.retries={retries}",
            f"kafka.consumer.group_id={self.group}",
        ]

    def publish(
        self,
        uploads: Sequence[Upload],
        per_second: float | None = None,
        *,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        producer: Mapping[str, str | int] | None = None,
    ) -> None:
        """Return once the brokers have all. With a rate, it takes its time.

        ``producer``: librdkafka's settings, in place of ours.
        """
        publisher = Producer(
            {
                "bootstrap.servers": self.cluster.bootstrap,
                "enable.idempotence": True,
                "delivery.timeout.ms": PUBLISH_TIMEOUT_S * 1000,
                "linger.ms": 5,
                "log_level": 0,
                **(producer or {}),
            }
        )
        begun = time.monotonic()
        for number, upload in enumerate(uploads):
            while per_second and time.monotonic() < begun + number / per_second:
                publisher.poll(0.005)
                if self._abandoned.is_set():
                    return
            publisher.produce(
                self.uploads,
                upload.value,
                upload.key,
                -1 if partition is None else partition,
                headers=list(headers),
                on_delivery=lambda error, message, upload=upload: self._sent(
                    error, message, upload
                ),
            )
            publisher.poll(0)
        unsent = publisher.flush(PUBLISH_TIMEOUT_S)
        assert not unsent, f"{unsent} events could not be published"
        if self._unplaced:
            self._find_unplaced()

    def _sent(self, error: object, message: Message, upload: Upload) -> None:
        assert error is None, f"an event could not be published: {error}"
        partition, offset = message.partition(), message.offset()
        if partition is None or offset is None:
            # A broker that died before its answer had it already: where, the next one cannot tell
            # (DUPLICATE_SEQUENCE_NUMBER).
            self._unplaced[upload.value] = upload
        else:
            self.published[partition, offset] = upload

    def _find_unplaced(self) -> None:
        """Look in the log for those whose place no broker told."""
        with self._client() as client:
            client.assign(
                [TopicPartition(self.uploads, n, OFFSET_BEGINNING) for n in range(self.partitions)]
            )
            deadline = time.monotonic() + PUBLISH_TIMEOUT_S
            while self._unplaced:
                assert time.monotonic() < deadline, f"{len(self._unplaced)} events are nowhere"
                for message in client.consume(500, timeout=1.0):
                    upload = self._unplaced.pop(message.value(), None)
                    if upload is not None and message.error() is None:
                        self.published[message.partition(), message.offset()] = upload

    @contextmanager
    def publishing(self, uploads: Sequence[Upload], per_second: float) -> Iterator[None]:
        """Publish meanwhile; leaving waits for the rest of it.

        What became of it is said, too, where something else fails first.
        """
        with ThreadPoolExecutor(1, "publisher") as pool:
            published = pool.submit(self.publish, uploads, per_second)
            try:
                yield
            except Exception as failure:
                if published.done() and (reason := published.exception()):
                    failure.add_note(f"publishing broke off: {reason!r}")
                self._abandoned.set()
                raise
            published.result(PUBLISH_TIMEOUT_S)

    def reader(self, *, committed_only: bool = False) -> TopicReader:
        """Of verdicts and dead letters, from their beginnings."""
        return TopicReader(
            self.cluster.bootstrap,
            [self.verdicts, self.dead_letters],
            self.partitions,
            committed_only=committed_only,
        )

    def outcomes(self) -> list[Outcome]:
        """Those so far, committed or not."""
        return self._watching.more()

    def settled(self) -> int:
        """Events with an outcome so far."""
        return len(set(filter(None, map(self.event_of, self.outcomes()))))

    def event_of(self, outcome: Outcome) -> str | None:
        """The event that an outcome is about; None for a stranger's."""
        return outcome.event_in(self.published)

    def wait_settled(self, count: int, seconds: float = 240.0) -> None:
        """Return once that many events have an outcome. Raises ``TookTooLong``."""
        try:
            wait_until(lambda: self.settled() >= count, seconds, "outcomes")
        except Exception as failure:
            failure.add_note(
                f"{self.settled()} of {count} events have one; {len(self.published)} are published;"
                f" committed: {self.committed()}, ends: {self.ends()}"
            )
            raise

    def wait_committed(self, seconds: float = 60.0) -> None:
        """Return once the group has committed the ends of all partitions."""
        wait_until(lambda: self.committed() == self.ends(), seconds, "the ends are committed", 0.5)

    def ends(self) -> dict[int, int]:
        """The next offset to be written, by partition; those with records only."""
        with self._client() as client:
            return {
                number: end
                for number in range(self.partitions)
                if (end := client.get_watermark_offsets(self._at(number), timeout=30)[1])
            }

    def committed(self) -> dict[int, int]:
        """The offsets that the group has committed, by partition."""
        with self._client() as client:
            found = client.committed([self._at(n) for n in range(self.partitions)], timeout=30)
        return {one.partition: one.offset for one in found if one.offset >= 0}

    def skipped(self) -> list[str]:
        """Events below what is committed that have no outcome: lost, whatever comes later."""
        committed = self.committed()
        done = {self.event_of(outcome) for outcome in self.outcomes()}
        return [
            upload.event_id
            for (partition, offset), upload in list(self.published.items())
            if offset < committed.get(partition, 0) and upload.event_id not in done
        ]

    def _at(self, number: int) -> TopicPartition:
        return TopicPartition(self.uploads, number)

    @contextmanager
    def _client(self) -> Iterator[Consumer]:
        client = Consumer(
            {
                "bootstrap.servers": self.cluster.bootstrap,
                "group.id": self.group,
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )
        try:
            yield client
        finally:
            client.close()

    @property
    def topics(self) -> list[str]:
        """All that it made."""
        return [self.uploads, self.verdicts, self.dead_letters, *self.retries]

    def close(self) -> None:
        """Let the brokers go."""
        self._watching.close()
