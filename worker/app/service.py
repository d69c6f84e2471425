"""`ivy-worker run`: from start to end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import structlog

from worker.app.gauges import show_gpus, show_stream
from worker.app.parts import Parts, open_parts
from worker.app.vitals import Phase, WorkerVitals
from worker.detector.protocol import Detector
from worker.domain.failure import Reason, Systemic
from worker.health.server import HealthServer
from worker.settings.settings import Settings
from worker.stream.choice import open_stream
from worker.stream.kafka.stream import KafkaStream
from worker.stream.protocol import Source
from worker.telemetry.exporter import open_metrics
from worker.telemetry.gpu import Gpus
from worker.telemetry.open_tracing import open_tracing
from worker.telemetry.table import process

log = structlog.get_logger(__name__)


class Service:
    """One worker: joined to its group, until told to stop or until something breaks for good."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.vitals = WorkerVitals(settings)

    async def run(self, stop: asyncio.Event) -> None:
        """Take events until ``stop`` is set, then drain. Raises ``Systemic``."""
        async with AsyncExitStack() as stack:
            # What was started is ended in reverse order, also when told to stop in between.
            starting = asyncio.ensure_future(self._start(stack))
            try:
                if await _finished_before(stop, starting):
                    parts, stream = starting.result()
                    self._enter(Phase.READY)
                    await self._carry(parts, stream, stop)
            except Systemic:
                self._enter(Phase.BROKEN)  # told while the rest is brought down
                raise
        self._enter(Phase.STOPPED)

    async def _start(self, stack: AsyncExitStack) -> tuple[Parts, KafkaStream]:
        """Bring everything up.

        The group is joined last: a worker that does not yet know whether its model answers
        rightly must not hold partitions.
        """
        settings = self._settings
        for risk in (*settings.kafka.risks(), *settings.cache.risks()):
            log.warning("link_not_secure", detail=risk)
        metrics = await stack.enter_async_context(open_metrics(settings.telemetry))
        self.vitals.metrics = metrics
        if settings.telemetry.engine_ends_file is not None:
            metrics.keep_engine_ends(settings.telemetry.engine_ends_file)
        tracing = open_tracing(settings.telemetry)
        stack.push_async_callback(asyncio.to_thread, tracing.close)
        health = HealthServer(self.vitals, settings.health)
        await _listen(health)
        stack.push_async_callback(health.close)
        metrics.observe(process.READY, lambda: float(self.vitals.phase is Phase.READY))
        gpus = Gpus()
        stack.callback(gpus.close)
        gpus.start()
        show_gpus(metrics, gpus)

        stream = open_stream(settings.stream.client, settings.kafka, metrics.stream, tracing)
        stack.push_async_callback(stream.end_publishing)
        await stream.start_publishing()

        self._enter(Phase.LOADING)
        parts = await stack.enter_async_context(
            open_parts(settings, metrics=metrics, tracing=tracing)
        )

        self.vitals.parts = parts
        self._enter(Phase.JOINING)
        stack.push_async_callback(stream.source.close)
        self.vitals.source = stream.source
        show_stream(metrics, stream.source, settings.kafka.topics)
        await stream.source.start()
        return parts, stream

    async def _carry(self, parts: Parts, stream: KafkaStream, stop: asyncio.Event) -> None:
        source = stream.source
        running = asyncio.create_task(parts.pipeline.run(source, stream.settlement))
        stopping = asyncio.create_task(stop.wait())
        dying = asyncio.create_task(_raise_when_dead(parts.detector))
        tasks: set[asyncio.Future[Any]] = {running, stopping, dying}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if dying.done():
                await dying
            if running.done() or await self._drained(running, source):
                await running
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _drained(self, running: asyncio.Task[None], source: Source) -> bool:
        """Finish what was taken. False if the deadline came first; the rest comes again."""
        self._enter(Phase.DRAINING)
        deadline = self._settings.flow.drain_timeout_s
        await source.stop_taking()
        await asyncio.wait({running}, timeout=deadline)
        if not running.done():
            log.warning("drain_incomplete", after_s=deadline, note="the rest will be redelivered")
        return running.done()

    def _enter(self, phase: Phase) -> None:
        self.vitals.enter(phase)
        log.info("phase", phase=phase.value)


async def _listen(health: HealthServer) -> None:
    try:
        await health.start()
    except OSError as error:
        raise Systemic(
            Reason.INTERNAL, f"cannot listen for health checks (health.port): {error.strerror}"
        ) from error


async def _finished_before(stop: asyncio.Event, starting: asyncio.Future[Any]) -> bool:
    """Wait for the start, unless told to stop before: a model takes minutes to load.

    Raises what the start raised.
    """
    stopping = asyncio.create_task(stop.wait())
    either: set[asyncio.Future[Any]] = {starting, stopping}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            return True
        return False
    finally:
        for task in either:
            task.cancel()
        await asyncio.gather(*either, return_exceptions=True)


async def _raise_when_dead(detector: Detector) -> None:
    await detector.wait_dead()
    raise Systemic(Reason.ENGINE_DEAD, "the engine process ended by itself, or its server is away")
