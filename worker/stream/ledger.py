"""What was taken, under which assignment, and what of it may be committed."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from worker.domain.record import Record
from worker.stream.protocol import Delivery
from worker.stream.watermark import Watermark


class Partition(NamedTuple):
    """A partition of a topic."""

    topic: str
    number: int


@dataclass(slots=True)
class _Assignment:
    epoch: int
    watermark: Watermark = field(default_factory=Watermark)
    committed: int | None = None
    last: int = -1
    """The last offset taken."""


class Ledger:
    """The book of all partitions. Safe to use from any thread; no call waits for anything.

    Each assignment of a partition has its epoch. A delivery of an earlier epoch is forgotten when
    it is done: the partition's next owner, or this worker once more, began again from what was
    committed, and a commit from before would skip over its work.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epochs: dict[Partition, int] = {}
        self._assigned: dict[Partition, _Assignment] = {}
        self._open: dict[tuple[Partition, int, int], int] = {}
        self._bytes = 0

    def assign(self, partitions: Iterable[Partition]) -> None:
        """These are ours now, as of a new epoch."""
        with self._lock:
            for partition in partitions:
                self._begin(partition)

    def _begin(self, partition: Partition) -> _Assignment:
        epoch = self._epochs[partition] = self._epochs.get(partition, 0) + 1
        assignment = self._assigned[partition] = _Assignment(epoch)
        return assignment

    def revoke(self, partitions: Iterable[Partition]) -> None:
        """These are ours no more."""
        with self._lock:
            for partition in partitions:
                self._assigned.pop(partition, None)

    def take(self, record: Record) -> Delivery | None:
        """The record as a delivery; None if its partition is not ours."""
        partition = Partition(record.topic, record.partition)
        with self._lock:
            assignment = self._assigned.get(partition)
            if assignment is None:
                return None
            if record.offset <= assignment.last:
                # The log was cut and grew again: what is in flight belongs to another past.
                assignment = self._begin(partition)
            assignment.last = record.offset
            assignment.watermark.take(record.offset)
            self._open[partition, assignment.epoch, record.offset] = record.nbytes
            self._bytes += record.nbytes
            return Delivery(record, assignment.epoch)

    def done(self, delivery: Delivery) -> bool:
        """The delivery has its outcome. False if its assignment is over, or it was done before."""
        record = delivery.record
        partition = Partition(record.topic, record.partition)
        with self._lock:
            nbytes = self._open.pop((partition, delivery.epoch, record.offset), None)
            if nbytes is None:
                return False
            self._bytes -= nbytes
            assignment = self._assigned.get(partition)
            if assignment is None or assignment.epoch != delivery.epoch:
                return False
            assignment.watermark.finish(record.offset)
            return True

    def committable(self, partitions: Iterable[Partition] | None = None) -> dict[Partition, int]:
        """The next offset of each partition where it moved since the last commit."""
        with self._lock:
            wanted = self._assigned.keys() if partitions is None else partitions
            found: dict[Partition, int] = {}
            for partition in wanted:
                assignment = self._assigned.get(partition)
                if assignment is None:
                    continue
                offset = assignment.watermark.next_offset
                if offset is not None and offset != assignment.committed:
                    found[partition] = offset
            return found

    def committed(self, offsets: dict[Partition, int]) -> None:
        """These offsets were committed."""
        with self._lock:
            for partition, offset in offsets.items():
                assignment = self._assigned.get(partition)
                if assignment is not None:
                    assignment.committed = offset

    @property
    def in_flight(self) -> int:
        """Deliveries not yet done, of all epochs: each holds its memory."""
        with self._lock:
            return len(self._open)

    @property
    def in_flight_bytes(self) -> int:
        """Bytes of their payloads."""
        with self._lock:
            return self._bytes
