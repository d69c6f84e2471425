"""Polls, timed; and what they tell of the partitions' ends."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from kafka.errors import KafkaError

from worker.stream.ledger import Partition
from worker.stream.witness import StreamWitness

LOOK_EVERY_S = 0.5
"""At the ends: a dictionary's worth of work, and nobody asks more often."""


class Polls:
    """Asks the consumer for records. Called from its thread; ``ends`` may be read from any."""

    def __init__(self, witness: StreamWitness) -> None:
        self._witness = witness
        self.begun_ns = 0
        """When the last one began, in nanoseconds since the Unix epoch."""
        self._look_at = 0.0
        self.ends: dict[Partition, int] = {}
        """The next offset of each partition that was fetched from, as of the last fetch. A paused
        one is not fetched from, and its end stays as it was."""

    def poll(self, consumer: Any, timeout_ms: int) -> Any:
        """What the consumer gives. Raises what it raises."""
        begun, self.begun_ns = time.monotonic(), time.time_ns()
        try:
            polled = consumer.poll(timeout_ms=timeout_ms)
        except Exception as error:
            self._witness.poll_ended(time.monotonic() - begun, name_of(error))
            raise
        if polled:
            # Not the empty ones: ten a second, each as long as its timeout.
            self._witness.poll_ended(time.monotonic() - begun)
            for partition, records in polled.items():
                self._witness.polled(partition.topic, len(records))
        self._look(consumer)
        return polled

    def _look(self, consumer: Any) -> None:
        """Note the ends that came with the fetches: nothing is asked of a broker."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        found: dict[Partition, int] = {}
        for partition in consumer.assignment():
            # It may be taken away meanwhile, on the IO thread.
            with contextlib.suppress(KafkaError, KeyError, AttributeError):
                end = consumer.highwater(partition)
                if end is not None:
                    found[Partition(partition.topic, partition.partition)] = end
        self.ends = found


def name_of(error: BaseException) -> str:
    """The class of one of kafka-python's errors, of which there is a closed list; else `_OTHER`.

    ``error.type`` by OpenTelemetry's semantic conventions, "Recording errors".
    """
    return type(error).__name__ if isinstance(error, KafkaError) else "_OTHER"
