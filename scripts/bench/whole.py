"""Our stream in this process, and what carries its events: from the first to the last commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from scripts.bench.instant import InstantDecoder, InstantDetector
from worker.app.parts import open_parts
from worker.detector.protocol import Detector
from worker.domain.record import Message
from worker.models.spec import load_spec
from worker.pipeline import Pipeline
from worker.settings.settings import Settings
from worker.stream.choice import open_stream
from worker.stream.config import Client
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.source import KafkaSource
from worker.stream.kafka.stream import KafkaStream
from worker.stream.protocol import Delivery, Settlement, Source
from worker.stream.witness import StreamWitness
from worker.telemetry.metrics import Metrics

LOOK_EVERY_S = 0.002


class Carrier(Protocol):
    """What brings deliveries to an outcome, as ``Pipeline`` does."""

    async def run(self, source: Source, settlement: Settlement) -> None:
        """Until the source ends and nothing is in flight."""
        ...


@asynccontextmanager
async def instant_pipeline(
    settings: Settings, detector: Detector | None = None
) -> AsyncIterator[tuple[Pipeline, Metrics]]:
    """All parts of a worker by the settings, with a decoder and a model that answer at once.

    ``detector`` takes the model's place.
    """
    meters = MeterProvider(metric_readers=[InMemoryMetricReader()])
    metrics = Metrics(meters.get_meter("bench"))  # counted as in a worker, and never read
    detector = detector or InstantDetector(load_spec(settings.model.spec))
    async with open_parts(
        settings, metrics=metrics, detector=detector, wrap_decoder=lambda _: InstantDecoder()
    ) as parts:
        yield parts.pipeline, metrics


async def carry(
    carrier: Carrier,
    config: KafkaConfig,
    events: int,
    witness: StreamWitness | None = None,
    *,
    client: Client = "kafka-python",
) -> float:
    """Take what waits until all of it is settled and committed; events a second.

    Timed from the first record in hand, as the bare loop is.
    """
    carrying = Carrying(carrier, config, witness, client=client)
    await carrying.start()
    try:
        while carrying.settled < events:
            await carrying.check()
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        ended = await carrying.end()
    return events / (ended - carrying.first_at)


class Carrying:
    """One membership of a group, from its start to its end."""

    def __init__(
        self,
        carrier: Carrier,
        config: KafkaConfig,
        witness: StreamWitness | None = None,
        *,
        client: Client = "kafka-python",
    ) -> None:
        self._carrier = carrier
        self._stream = open_stream(client, config, witness)
        self._noting = _Noting(self._stream)
        self._counting = _Counting(self._stream.settlement)
        self._running: asyncio.Task[None] | None = None

    @property
    def source(self) -> KafkaSource:
        """For what it shows of itself."""
        return self._stream.source

    @property
    def settled(self) -> int:
        """Deliveries with an outcome."""
        return self._counting.settled

    @property
    def first_at(self) -> float:
        """When the first delivery came, by ``time.perf_counter()``; 0 before."""
        return self._noting.first_at

    async def start(self) -> None:
        """Join the group. Raises ``Systemic``."""
        await self._stream.start_publishing()
        await self.source.start()
        self._running = asyncio.create_task(self._carrier.run(self._noting, self._counting))

    async def check(self) -> None:
        """Raises what ended it."""
        if self._running is not None and self._running.done():
            await self._running

    async def end(self) -> float:
        """Drain, commit and leave the group; when that was done, by ``time.perf_counter()``."""
        assert self._running is not None, "start() comes first"
        await self.source.stop_taking()
        await self._running
        await self.source.close()  # with the last commit, and out of the group
        ended = time.perf_counter()
        await self._stream.end_publishing()
        return ended


class _Counting:
    """The stream's settlement, and how many it settled."""

    def __init__(self, inner: Settlement) -> None:
        self._inner = inner
        self.settled = 0

    async def settle(self, delivery: Delivery, message: Message) -> None:
        """See ``Settlement``."""
        await self._inner.settle(delivery, message)
        self.settled += 1


class _Noting:
    """The stream's source, and when the first delivery came."""

    def __init__(self, stream: KafkaStream) -> None:
        self._source = stream.source
        self.first_at = 0.0

    async def start(self) -> None:
        """See ``Source``."""
        await self._source.start()

    async def deliveries(self) -> AsyncIterator[Delivery]:
        """See ``Source``."""
        async for delivery in self._source.deliveries():
            if not self.first_at:
                self.first_at = time.perf_counter()
            yield delivery

    def done(self, delivery: Delivery) -> None:
        """See ``Source``."""
        self._source.done(delivery)

    async def stop_taking(self) -> None:
        """See ``Source``."""
        await self._source.stop_taking()

    async def close(self) -> None:
        """See ``Source``."""
        await self._source.close()
