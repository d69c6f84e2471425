"""A stream in memory: the twin of Kafka for unit tests, held to the same contract."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

from worker.domain.record import Headers, Message, Outlet, Record
from worker.stream.ledger import Ledger, Partition
from worker.stream.protocol import Delivery


class MemoryBroker:
    """Topics with partitions, and each group's committed offsets."""

    def __init__(self, partitions: int = 1) -> None:
        self.partitions = partitions
        self.records: dict[Partition, list[Record]] = defaultdict(list)
        self.offsets: dict[str, dict[Partition, int]] = defaultdict(dict)
        self.grew = asyncio.Condition()

    async def append(
        self, topic: str, value: bytes | None, key: bytes | None = None, headers: Headers = ()
    ) -> Record:
        """Add a record; equal keys go to one partition."""
        number = sum(key or b"") % self.partitions
        partition = Partition(topic, number)
        record = Record(
            topic=topic,
            partition=number,
            offset=len(self.records[partition]),
            value=value,
            key=key,
            headers=headers,
            timestamp_ms=0,
        )
        self.records[partition].append(record)
        async with self.grew:
            self.grew.notify_all()
        return record

    def all_records(self, topic: str) -> list[Record]:
        """All records of a topic, partition by partition."""
        return [
            record
            for partition, records in sorted(self.records.items())
            if partition.topic == topic
            for record in records
        ]


class MemorySource:
    """The only member of its group: owns every partition of the topic."""

    def __init__(
        self, broker: MemoryBroker, topic: str, group: str, *, max_in_flight: int = 100
    ) -> None:
        self._broker = broker
        self._partitions = [Partition(topic, n) for n in range(broker.partitions)]
        self._committed = broker.offsets[group]
        self._max_in_flight = max_in_flight
        self._ledger = Ledger()
        self._positions: dict[Partition, int] = {}
        self._stopping = False

    async def start(self) -> None:
        """See ``Source``."""
        self.rebalance()

    def rebalance(self) -> None:
        """Lose every partition and get it back, as when another member came and went."""
        self._ledger.revoke(self._partitions)
        self._ledger.assign(self._partitions)
        for partition, epoch in self._ledger.unopened().items():
            self._ledger.open(partition, epoch)
        self._positions = {p: self._committed.get(p, 0) for p in self._partitions}

    async def deliveries(self) -> AsyncIterator[Delivery]:
        """See ``Source``."""
        while not self._stopping:
            delivery = self._next()
            if delivery is not None:
                yield delivery
                continue
            async with self._broker.grew:
                # Looked at again under the lock: it may have grown, or been stopped, meanwhile.
                if self._must_wait():
                    await self._broker.grew.wait()

    def _must_wait(self) -> bool:
        return not self._stopping and self._next_record() is None

    def _next_record(self) -> Record | None:
        if self._ledger.in_flight >= self._max_in_flight:
            return None
        for partition in self._partitions:
            records = self._broker.records[partition]
            if self._positions[partition] < len(records):
                return records[self._positions[partition]]
        return None

    def _next(self) -> Delivery | None:
        record = self._next_record()
        if record is None:
            return None
        self._positions[Partition(record.topic, record.partition)] += 1
        return self._ledger.take(record)

    @property
    def in_flight(self) -> int:
        """Deliveries not yet done."""
        return self._ledger.in_flight

    def done(self, delivery: Delivery) -> None:
        """See ``Source``; committed at once."""
        self._ledger.done(delivery)
        self._committed.update(self._ledger.committable())
        self._wake()

    def _wake(self) -> None:
        async def notify() -> None:
            async with self._broker.grew:
                self._broker.grew.notify_all()

        self._waking = asyncio.ensure_future(notify())

    async def stop_taking(self) -> None:
        """See ``Source``."""
        self._stopping = True
        async with self._broker.grew:
            self._broker.grew.notify_all()

    async def close(self) -> None:
        """See ``Source``."""
        await self.stop_taking()


class MemorySink:
    """Appends to topics named after the outlets."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    async def start(self) -> None:
        """Nothing to connect to."""

    async def publish(self, message: Message) -> None:
        """See ``Sink``."""
        topic = message.outlet.value
        if message.outlet is Outlet.RETRIES:
            topic = f"{topic}.{message.tier}"
        await self._broker.append(topic, message.value, message.key, message.headers)

    async def close(self) -> None:
        """Nothing to close."""
