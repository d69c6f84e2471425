"""What was taken, under which assignment, and what of it may be committed."""

from __future__ import annotations

import threading
import time
from collections import Counter
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


class Standing(NamedTuple):
    """How far a partition of ours is."""

    committed: int | None
    """The next offset, as committed now or by an owner before; None where none ever was."""
    gap: int
    """Finished offsets that wait for one before them."""


@dataclass(slots=True)
class _Assignment:
    epoch: int
    watermark: Watermark = field(default_factory=Watermark)
    opened: bool = False
    committed: int | None = None
    last: int = -1
    """The last offset taken."""
    began: int | None = None
    """What was committed when it was opened, or else the first offset taken."""


class Ledger:
    """The book of all partitions. Safe to use from any thread; no call waits for anything.

    Each assignment of a partition has its epoch. A delivery of an earlier epoch is forgotten when
    it is done: the partition's next owner, or this worker once more, began again from what was
    committed, and a commit from before would skip over its work. For the same reason nothing is
    taken from a partition until it is opened: until its reader stands at what was committed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epochs: dict[Partition, int] = {}
        self._assigned: dict[Partition, _Assignment] = {}
        self._open: dict[tuple[Partition, int, int], tuple[int, float]] = {}
        """Bytes, and when it was taken; the one taken first stands first."""
        self._by_topic: Counter[str] = Counter()
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

    def unopened(self) -> dict[Partition, int]:
        """Partitions that are ours and were not opened yet, with their epochs."""
        with self._lock:
            return {
                partition: assignment.epoch
                for partition, assignment in self._assigned.items()
                if not assignment.opened
            }

    def open(self, partition: Partition, epoch: int, committed: int | None = None) -> None:
        """The partition's reader stands where it was committed. Of no effect in another epoch."""
        with self._lock:
            assignment = self._assigned.get(partition)
            if assignment is not None and assignment.epoch == epoch:
                assignment.opened = True
                assignment.began = committed

    def revoke(self, partitions: Iterable[Partition]) -> None:
        """These are ours no more."""
        with self._lock:
            for partition in partitions:
                self._assigned.pop(partition, None)

    def revoke_all(self) -> None:
        """None is ours any more."""
        with self._lock:
            self._assigned.clear()

    def take(self, record: Record) -> Delivery | None:
        """The record as a delivery; None if its partition is not ours, or not opened yet."""
        partition = Partition(record.topic, record.partition)
        with self._lock:
            assignment = self._assigned.get(partition)
            if assignment is None or not assignment.opened:
                return None
            if record.offset <= assignment.last:
                # The log was cut and grew again: what is in flight belongs to another past. It is
                # read from what is committed, for what is before this record may be unfinished.
                self._begin(partition)
                return None
            assignment.last = record.offset
            if assignment.began is None:
                assignment.began = record.offset
            assignment.watermark.take(record.offset, record.next_offset)
            now = time.monotonic()
            self._open[partition, assignment.epoch, record.offset] = (record.nbytes, now)
            self._by_topic[record.topic] += 1
            self._bytes += record.nbytes
            return Delivery(record, assignment.epoch)

    def done(self, delivery: Delivery) -> bool:
        """The delivery has its outcome. False if its assignment is over, or it was done before."""
        record = delivery.record
        partition = Partition(record.topic, record.partition)
        with self._lock:
            opened = self._open.pop((partition, delivery.epoch, record.offset), None)
            if opened is None:
                return False
            self._bytes -= opened[0]
            self._by_topic[record.topic] -= 1
            assignment = self._assigned.get(partition)
            if assignment is None or assignment.epoch != delivery.epoch:
                return False
            assignment.watermark.finish(record.offset)
            return True

    def is_current(self, delivery: Delivery) -> bool:
        """Whether the delivery's assignment still holds."""
        partition = Partition(delivery.record.topic, delivery.record.partition)
        with self._lock:
            assignment = self._assigned.get(partition)
            return assignment is not None and assignment.epoch == delivery.epoch

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

    def held_up(self, limit: int) -> set[Partition]:
        """Partitions where ``limit`` finished offsets or more wait for one that is not.

        All of them are done again when the worker dies, and none of them is forgotten before.
        """
        with self._lock:
            return {
                partition
                for partition, assignment in self._assigned.items()
                if assignment.watermark.gap >= limit
            }

    def epochs(self) -> dict[Partition, int]:
        """The partitions that are ours, each with the epoch of its assignment."""
        with self._lock:
            return {partition: one.epoch for partition, one in self._assigned.items()}

    def standings(self) -> dict[Partition, Standing]:
        """The partitions that are ours, and how far each is."""
        with self._lock:
            return {
                partition: Standing(
                    one.began if one.committed is None else one.committed, one.watermark.gap
                )
                for partition, one in self._assigned.items()
            }

    @property
    def oldest_age_s(self) -> float:
        """Seconds since the oldest delivery that is not yet done was taken; 0 without one."""
        with self._lock:
            _, taken_at = next(iter(self._open.values()), (0, None))
        return 0.0 if taken_at is None else time.monotonic() - taken_at

    @property
    def in_flight(self) -> int:
        """Deliveries not yet done, of all epochs: each holds its memory."""
        with self._lock:
            return len(self._open)

    def in_flight_of(self, topic: str) -> int:
        """Those of one topic."""
        with self._lock:
            return self._by_topic[topic]

    @property
    def in_flight_bytes(self) -> int:
        """Bytes of their payloads."""
        with self._lock:
            return self._bytes
