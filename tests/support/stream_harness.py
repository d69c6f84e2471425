"""One way for the contract to speak to both streams."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import StreamClient
from tests.twins.stream import MemoryBroker, MemorySink, MemorySource
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.protocol import Sink, Source


class Stream(Protocol):
    """A stream with one group on it."""

    def source(self, max_in_flight: int = 100) -> Source: ...

    def sink(self) -> Sink: ...

    async def upload(self, values: list[bytes]) -> None: ...

    async def published(self, outlet: Outlet) -> list[Message]: ...

    async def committed(self) -> int: ...


@dataclass
class InMemory:
    broker: MemoryBroker

    def source(self, max_in_flight: int = 100) -> Source:
        return MemorySource(self.broker, "uploads", "group", max_in_flight=max_in_flight)

    def sink(self) -> Sink:
        return MemorySink(self.broker)

    async def upload(self, values: list[bytes]) -> None:
        for value in values:
            await self.broker.append("uploads", value)

    async def published(self, outlet: Outlet) -> list[Message]:
        return [
            Message(outlet, record.value, record.key, record.headers)
            for record in self.broker.all_records(outlet.value)
        ]

    async def committed(self) -> int:
        return sum(self.broker.offsets["group"].values())


@dataclass
class OnKafka:
    broker: KafkaBroker
    config: KafkaConfig
    client: StreamClient

    def source(self, max_in_flight: int = 100) -> Source:
        consumer = self.config.consumer.model_copy(update={"max_in_flight": max_in_flight})
        return self.client.source(self.config.model_copy(update={"consumer": consumer}))

    def sink(self) -> Sink:
        return self.client.sink(self.config)

    async def upload(self, values: list[bytes]) -> None:
        await asyncio.to_thread(self.broker.publish, self.config.topics.uploads, values)

    async def published(self, outlet: Outlet) -> list[Message]:
        topic = getattr(self.config.topics, outlet.value)
        records = await asyncio.to_thread(self.broker.read_all, topic)
        return [
            Message(outlet, record.value, record.key, tuple(record.headers))  # type: ignore[attr-defined]
            for record in records
        ]

    async def committed(self) -> int:
        offsets = await asyncio.to_thread(
            self.broker.committed, self.config.consumer.group_id, self.config.topics.uploads
        )
        return sum(offsets.values())
