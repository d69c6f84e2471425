"""The one thread that owns the consumer.

It polls without a pause, also while it takes nothing: the group then knows it is alive, however
long the model thinks. Records go from here to the event loop, and only what the ledger calls
committable comes back.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from kafka import TopicPartition
from kafka.errors import KafkaError, RetriableError

from worker.domain.failure import Systemic
from worker.domain.lane import Lane
from worker.domain.record import Record
from worker.stream.kafka.commits import COMMIT_TIMEOUT_MS, Commits
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.consumer import as_record, assignor_of, connect_consumer
from worker.stream.kafka.consumer_life import SETTLE_TIMEOUT_S, ConsumerLife
from worker.stream.kafka.damage import Damage, find_damage, let_go, tell_damage
from worker.stream.kafka.membership import Membership
from worker.stream.kafka.opening import open_partitions
from worker.stream.kafka.polls import Polls
from worker.stream.kafka.rebalance import RebalanceListener
from worker.stream.kafka.refusal import refusal_of
from worker.stream.kafka.regulator import Regulator
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.kafka.topics import check_welcome
from worker.stream.kafka.waits import Waits
from worker.stream.ledger import Ledger
from worker.stream.protocol import Delivery
from worker.stream.witness import StreamWitness

log = structlog.get_logger(__name__)

POLL_MS = 100
"""Longest wait in one poll, and so for a pause, a commit or a stop to be seen."""

JOIN_MS = 2_000
"""Longest wait for the group to be joined. kafka-python throws a join away whose answer came
between two tries, and asks anew; on a busy machine short ones may never see it joined."""

CLOSE_TIMEOUT_MS = 10_000
"""To leave the group."""

RETRY_PAUSE_S = 0.5
"""After an error that Kafka says to try again; polls would else raise it in a busy loop."""


class ConsumerThread(ConsumerLife[Any]):
    """Takes records, commits offsets. ``deliver`` and ``failed`` are called from this thread."""

    def __init__(
        self,
        config: KafkaConfig,
        ledger: Ledger,
        commits: Commits,
        *,
        deliver: Callable[[Sequence[Delivery]], None],
        failed: Callable[[Systemic], None],
        witness: StreamWitness,
        spans: KafkaSpans,
    ) -> None:
        super().__init__(config.consumer, ledger, failed)
        self._config = config
        self._commits = commits
        self._deliver = deliver
        self._witness = witness
        self._spans = spans
        self.polls = Polls(witness)
        self._waits = Waits(config.topics, lambda: datetime.now(UTC))
        self._regulator = Regulator(config, ledger, self._waits)
        self._taking = True

    def stop_taking(self) -> None:
        """Hand out nothing more; go on polling and committing."""
        self._taking = False

    def _connect(self) -> Any:
        """A consumer that has subscribed. Raises ``Systemic``."""
        assignor = assignor_of(self._config)
        consumer = connect_consumer(self._config, assignor)
        topics = [topic for _, topic in self._config.topics.inputs()]
        listener = RebalanceListener(self._ledger, consumer, self._commits, assignor, self._witness)
        consumer.subscribe(topics, listener=listener)
        self._membership = Membership(consumer, self._config.consumer)
        return consumer

    def _poll_until_closed(self, consumer: Any) -> None:
        """Raises what a poll raised and is not known to go away."""
        while not self._closing.is_set():
            self.watchdog.beat()
            check_welcome(self._config, consumer)
            try:
                # Before the poll: what it returns of a partition assigned meanwhile is not taken.
                open_partitions(consumer, self._ledger, self._waits)
                self._regulator.regulate(consumer, taking=self._taking)
                if not self._membership.is_stable():
                    self._membership.join(JOIN_MS)
                    continue
                self._started.set()
                polled = self.polls.poll(consumer, POLL_MS)
            except RetriableError as error:
                log.warning("poll_failed", error=type(error).__name__)
                time.sleep(RETRY_PAUSE_S)
                continue
            except Exception as error:
                if (refusal := refusal_of(self._config, error)) is not None:
                    raise refusal from error
                damage = self._find_damage(consumer)
                if damage is None:
                    raise
                self._pass_by(consumer, damage, error)
                continue
            taken: list[Delivery] = []
            for partition, records in polled.items():
                lane, is_retry = self._kind(partition)
                found = [as_record(record, lane, is_retry=is_retry) for record in records]
                taken += self._take(consumer, partition, found)
            self._hand_out(taken)
            self._commit_if_due(consumer, self._membership.is_stable)

    def _find_damage(self, consumer: Any) -> Damage | None:
        try:
            let_go(consumer)
            # It may be met in the first poll after a partition came, which is not opened yet.
            open_partitions(consumer, self._ledger, self._waits)
            positions = {
                partition: consumer.position(partition, timeout_ms=COMMIT_TIMEOUT_MS)
                for partition in consumer.assignment() - consumer.paused()
            }
            return find_damage(self._config, positions, self.watchdog.beat)
        except Exception:
            log.exception("looking_for_damage_failed")
        return None

    def _pass_by(self, consumer: Any, damage: Damage, error: Exception) -> None:
        tell_damage(self._config, damage, type(error).__name__)
        with contextlib.suppress(ValueError):  # taken away meanwhile
            consumer.seek(damage.partition, damage.next_offset)
        lane, is_retry = self._kind(damage.partition)
        records = [replace(record, lane=lane, is_retry=is_retry) for record in damage.records]
        self._hand_out(self._take(consumer, damage.partition, records))

    def _kind(self, partition: TopicPartition) -> tuple[Lane, bool]:
        """What its records are: of which lane, and whether they come from a retry topic."""
        topics = self._config.topics
        return topics.lane(partition.topic), topics.is_retry(partition.topic)

    def _take(
        self, consumer: Any, partition: TopicPartition, records: list[Record]
    ) -> list[Delivery]:
        if not self._taking:
            return []  # from a partition that came during the drain: not ours to begin
        due = self._waits.due(partition, records)
        if len(due) < len(records):
            with contextlib.suppress(ValueError):  # taken away meanwhile
                consumer.seek(partition, records[len(due)].offset)
        taken = (self._ledger.take(record) for record in due)
        return [delivery for delivery in taken if delivery is not None]

    def _hand_out(self, deliveries: list[Delivery]) -> None:
        if deliveries:
            self._deliver(self._spans.received(deliveries, self.polls.begun_ns))

    def _commit(self, consumer: Any) -> None:
        self._commits.commit(consumer, self._ledger)

    def _leave(self, consumer: Any, *, can_poll: bool) -> None:
        for step in (
            lambda: self._settle(consumer) if can_poll else None,
            lambda: self._commits.commit_last(consumer, self._ledger),
            lambda: consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS),
        ):
            try:
                step()
            except Exception:
                log.exception("leaving_the_group_failed")  # and yet the next step is due

    def _settle(self, consumer: Any) -> None:
        """Let a rebalance under way come to its end, or what is done could not be committed."""
        self._taking = False
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while self._ledger.committable() and time.monotonic() < deadline:
            self._regulator.regulate(consumer, taking=False)
            if self._membership.is_stable():
                return
            try:
                self._membership.join(JOIN_MS)
            except KafkaError as error:
                log.warning("poll_failed", error=type(error).__name__)
                return
