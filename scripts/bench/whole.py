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
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.stream import KafkaStream
from worker.stream.protocol import Delivery, Settlement, Source
from worker.stream.witness import StreamWitness
from worker.telemetry.metrics import Metrics

LOOK_EVERY_S = 0.002


class Clocked:
    """A settlement that notes when it met its first delivery, and how many it settled."""

    def __init__(self, inner: Settlement) -> None:
        self._inner = inner
        self.begun = 0.0
        self.settled = 0

    async def settle(self, delivery: Delivery, message: Message) -> None:
        """See ``Settlement``."""
        await self._inner.settle(delivery, message)
        self.settled += 1


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
    carrier: Carrier, config: KafkaConfig, events: int, witness: StreamWitness | None = None
) -> float:
    """Take what waits until all of it is settled and committed; events a second.

    Timed from the first record in hand, as the bare loop is.
    """
    stream = KafkaStream(config, witness)
    await stream.start_publishing()
    source = _Noting(stream)
    settlement = Clocked(stream.settlement)
    await stream.source.start()
    running = asyncio.create_task(carrier.run(source, settlement))
    try:
        while settlement.settled < events:
            if running.done():
                await running  # raises why
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await stream.source.stop_taking()
        await running
        await stream.source.close()  # with the last commit, and out of the group
        ended = time.perf_counter()
        await stream.end_publishing()
    return events / (ended - source.first_at)


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
