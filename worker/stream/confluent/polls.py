"""Polls, timed; and what they tell of the partitions' ends."""

from __future__ import annotations

import time
from typing import Any

from worker.stream.confluent.members import Members
from worker.stream.kafka.polls import LOOK_EVERY_S
from worker.stream.ledger import Partition
from worker.stream.witness import StreamWitness


class Polls:
    """Asks the consumers for records. Called from their thread; ``ends`` may be read from any."""

    def __init__(self, witness: StreamWitness) -> None:
        self._witness = witness
        self.begun_ns = 0
        """When the last one began, in nanoseconds since the Unix epoch."""
        self._look_at = 0.0
        self.bounds: dict[Partition, tuple[int, int]] = {}
        self.ends: dict[Partition, int] = {}
        """The next offset of each partition that was fetched from, as of the last fetch."""

    def poll(self, members: Members, limit: int, timeout_s: float) -> list[Any]:
        """Messages and errors. Raises what librdkafka raises."""
        begun, self.begun_ns = time.monotonic(), time.time_ns()
        messages = members.consume(limit, timeout_s)
        if messages:
            # Not the empty ones: ten a second, each as long as its timeout.
            self._witness.poll_ended(time.monotonic() - begun)
        return messages

    def look(self, members: Members) -> bool:
        """Note the ends that came with the fetches, now and then. Whether it was time to."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + LOOK_EVERY_S
        self.bounds = members.bounds()
        self.ends = {partition: end for partition, (_, end) in self.bounds.items()}
        return True
