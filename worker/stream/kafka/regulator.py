"""From which partitions records are taken at this moment."""

from __future__ import annotations

from typing import Any

from worker.domain.lane import Lane
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.waits import Waits
from worker.stream.ledger import Ledger, Partition

LOW_WATER = 0.5
"""Taking goes on when this share of the limits is in flight: pausing costs fetched data."""

BACKFILL_SHARE = 0.25
"""Of what may be in flight: a backfill waits in its topic, not in front of live uploads."""


class Regulator:
    """Pauses and resumes partitions. A new one starts unpaused, so this comes before every poll."""

    def __init__(self, config: KafkaConfig, ledger: Ledger, waits: Waits) -> None:
        self._limits = config.consumer
        self._topics = config.topics
        self._ledger = ledger
        self._waits = waits
        self._full = False

    def regulate(self, consumer: Any, *, taking: bool) -> None:
        """Have the consumer fetch from those partitions only that may give more now."""
        assigned, paused = consumer.assignment(), consumer.paused()
        self._look()
        wanted = assigned if self._full or not taking else self._held_back(assigned)
        consumer.pause(*(wanted - paused))
        resumed = (paused & assigned) - wanted
        if resumed:
            consumer.resume(*resumed)

    @property
    def full(self) -> bool:
        """Whether it holds everything back until the window is half empty."""
        return self._full

    @property
    def level(self) -> float:
        """What is in flight, as a part of what may be: of items or of bytes, whichever is more."""
        return max(
            self._ledger.in_flight / self._limits.max_in_flight,
            self._ledger.in_flight_bytes / self._limits.max_in_flight_bytes,
        )

    def _look(self) -> None:
        level = self.level
        if level >= 1:
            self._full = True
        elif level <= LOW_WATER:
            self._full = False

    def _held_back(self, assigned: set[Partition]) -> set[Partition]:
        held_up = self._ledger.held_up(self._limits.max_gap)
        backfill_is_full = self._backfill_is_full()
        waiting = self._waits.waiting()
        return {
            partition
            for partition in assigned
            if partition in waiting
            or partition in held_up
            or (backfill_is_full and self._topics.lane(partition.topic) is Lane.BACKFILL)
        }

    def _backfill_is_full(self) -> bool:
        topic = self._topics.backfill
        if topic is None:
            return False
        return self._ledger.in_flight_of(topic) >= self._limits.max_in_flight * BACKFILL_SHARE
