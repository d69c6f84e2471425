"""A whole worker in this process but for its model: from waiting events to the last commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from scripts.bench.instant import InstantDecoder, InstantDetector
from worker.app.parts import open_parts
from worker.domain.record import Message
from worker.models.spec import load_spec
from worker.pipeline import Pipeline
from worker.settings.settings import Settings
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.stream import KafkaStream
from worker.stream.protocol import Delivery, Settlement
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


@asynccontextmanager
async def instant_pipeline(settings: Settings) -> AsyncIterator[tuple[Pipeline, Metrics]]:
    """All parts of a worker by the settings, with a decoder and a model that answer at once."""
    meters = MeterProvider(metric_readers=[InMemoryMetricReader()])
    metrics = Metrics(meters.get_meter("bench"))  # counted as in a worker, and never read
    detector = InstantDetector(load_spec(settings.model.spec))
    async with open_parts(
        settings, metrics=metrics, detector=detector, wrap_decoder=lambda _: InstantDecoder()
    ) as parts:
        yield parts.pipeline, metrics


async def carry(pipeline: Pipeline, config: KafkaConfig, metrics: Metrics, events: int) -> float:
    """Take what waits until all of it is settled and committed; events a second.

    Timed from the first record in hand, as the bare loop is.
    """
    stream = KafkaStream(config, metrics.stream)
    await stream.start_publishing()
    source = _Noting(stream)
    settlement = Clocked(stream.settlement)
    await stream.source.start()
    running = asyncio.create_task(pipeline.run(source, settlement))
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
