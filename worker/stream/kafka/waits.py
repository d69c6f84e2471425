"""Retry records whose time has not come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from worker.domain.lineage import not_before
from worker.domain.record import Record
from worker.stream.kafka.topic_names import TopicNames
from worker.stream.ledger import Partition


@dataclass(frozen=True, slots=True)
class _Wait:
    offset: int
    due: datetime
    since: float


class Waits:
    """Which retry partitions are left alone, and until when.

    A record that is not due is not kept here: its partition is paused, and read again from there.
    In one retry topic all wait equally long, so nothing behind it is due before it.
    """

    def __init__(
        self,
        topics: TopicNames,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._delays = {topic.name: topic.delay_s for topic in topics.retries}
        self._now = now
        self._monotonic = monotonic
        self._waits: dict[Partition, _Wait] = {}

    def due(self, partition: Partition, records: list[Record]) -> list[Record]:
        """The records that may be begun; at the first that may not, the partition waits."""
        if partition.topic not in self._delays:
            return records
        for number, record in enumerate(records):
            moment = not_before(record)
            if moment is None:
                continue
            wait = self._waits.get(partition)
            if wait is None or wait.offset != record.offset:
                wait = _Wait(record.offset, moment, self._monotonic())
            if not self._is_over(partition, wait):
                self._waits[partition] = wait
                return records[:number]
        self._waits.pop(partition, None)
        return records

    def _is_over(self, partition: Partition, wait: _Wait) -> bool:
        """By the wall clock, or by the delay since it was first seen: clocks are also set back."""
        waited = self._monotonic() - wait.since
        return self._now() >= wait.due or waited >= self._delays[partition.topic]

    def waiting(self) -> set[Partition]:
        """Partitions whose next record is not due yet."""
        return {
            partition
            for partition, wait in self._waits.items()
            if not self._is_over(partition, wait)
        }

    def forget(self, partition: Partition) -> None:
        """It is read anew, or another's."""
        self._waits.pop(partition, None)
