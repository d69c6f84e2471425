"""From messages of a poll to deliveries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from confluent_kafka import KafkaException

from worker.domain.record import Record
from worker.stream.confluent.batch import Batch
from worker.stream.confluent.damage import look_for_damage
from worker.stream.confluent.errors import error_name, raw_error, refused
from worker.stream.confluent.members import Members
from worker.stream.confluent.standstill import Standstill
from worker.stream.confluent.welcome import fatal
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.waits import Waits
from worker.stream.ledger import Ledger, Partition
from worker.stream.protocol import Delivery
from worker.stream.witness import StreamWitness

log = structlog.get_logger(__name__)


class Taker:
    """Notes records in the ledger and hands them out. Used by the consumers' thread.

    ``deliver`` is given deliveries, and when the poll began that brought them, in nanoseconds since
    the Unix epoch. ``beat`` is called before each step that may take long.
    """

    def __init__(
        self,
        config: KafkaConfig,
        ledger: Ledger,
        waits: Waits,
        *,
        deliver: Callable[[Sequence[Delivery], int], None],
        beat: Callable[[], None],
        witness: StreamWitness,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._waits = waits
        self._deliver = deliver
        self._beat = beat
        self._witness = witness
        self._batch = Batch(config.topics)
        self._standstill = Standstill()
        self.taking = True
        """Whether anything is handed out."""

    def take(self, members: Members, messages: list[Any], begun_ns: int) -> None:
        """Hand out what may be begun of a poll that began then. Raises ``Systemic``."""
        batch = self._batch
        batch.read(messages)
        for error, topic in batch.errors:
            self._met(error, topic)
        for topic, count in batch.by_topic.items():
            self._witness.polled(topic, count)
        taken = self._take(batch.records)
        for partition, records in batch.waiting.items():
            taken += self._take_due(members, partition, records)
        self._hand_out(taken, begun_ns)
        for partition, offset in batch.damaged.items():
            if not self._pass_by(members, partition, offset):
                raise RuntimeError("librdkafka cannot read a batch in which nothing is wrong")

    def _met(self, error: Any, topic: str | None) -> None:
        """An error that a poll brought. Raises ``Systemic`` where it does not go away."""
        if error.fatal():
            raise fatal(self._config, error)
        refusal = refused(self._config, error, topic)
        if refusal is not None:
            raise refusal
        log.warning("poll_failed", error=error_name(error), topic=topic)

    def look_at_standstill(
        self, members: Members, bounds: Mapping[Partition, tuple[int, int]]
    ) -> None:
        """Pass by what librdkafka cannot read and does not tell of. Raises ``Systemic``."""
        positions = members.positions()
        for partition, (low, _) in bounds.items():
            if partition not in positions and partition not in members.paused():
                # Nothing ever came of it.
                begun = self._ledger.standings().get(partition)
                positions[partition] = low if begun is None or begun[0] is None else begun[0]
        ends = {partition: end for partition, (_, end) in bounds.items()}
        for partition in self._standstill.find(positions, ends):
            self._pass_by(members, partition, positions[partition])

    def _pass_by(self, members: Members, partition: Partition, offset: int) -> bool:
        """Hand out what can be read of a damaged batch, and the rest as damage. False without."""
        if partition not in self._ledger.epochs():
            return True  # taken away meanwhile
        damage = look_for_damage(self._config, partition, offset, self._beat)
        if damage is None:
            return False
        self._seek(members, partition, damage.next_offset)
        lane, is_retry = self._batch.kind(partition.topic)
        records = [replace(record, lane=lane, is_retry=is_retry) for record in damage.records]
        self._hand_out(self._take_due(members, partition, records), time.time_ns())
        return True

    def _take_due(
        self, members: Members, partition: Partition, records: list[Record]
    ) -> list[Delivery]:
        due = self._waits.due(partition, records)
        if len(due) < len(records):
            self._seek(members, partition, records[len(due)].offset)
        return self._take(due)

    def _seek(self, members: Members, partition: Partition, offset: int) -> None:
        if partition not in members.assignment():
            return  # taken away in the poll that brought it
        try:
            members.seek(partition, offset)
        except KafkaException as error:
            raw = raw_error(error)
            log.warning("seek_failed", error=None if raw is None else error_name(raw))
            # Read it from what is committed, as if it had come anew.
            self._ledger.assign([partition])

    def _take(self, records: Sequence[Record]) -> list[Delivery]:
        if not self.taking:
            return []  # from a partition that came during the drain: not ours to begin
        taken = map(self._ledger.take, records)
        return [delivery for delivery in taken if delivery is not None]

    def _hand_out(self, deliveries: list[Delivery], begun_ns: int) -> None:
        if deliveries:
            self._deliver(deliveries, begun_ns)
