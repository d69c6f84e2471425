"""`ivy-worker run`: from start to end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import structlog

from worker.app.parts import Parts, open_parts
from worker.app.vitals import Phase, WorkerVitals
from worker.detector.protocol import Detector
from worker.domain.failure import Reason, Systemic
from worker.settings.settings import Settings
from worker.stream.kafka.sink import KafkaSink
from worker.stream.kafka.source import KafkaSource
from worker.stream.protocol import Source
from worker.telemetry import metric_table as table
from worker.telemetry.exporter import open_metrics
from worker.telemetry.health import Address, HealthServer

log = structlog.get_logger(__name__)


class Service:
    """One worker: joined to its group, until told to stop or until something breaks for good."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.vitals = WorkerVitals()

    async def run(self, stop: asyncio.Event) -> None:
        """Take events until ``stop`` is set, then drain. Raises ``Systemic``."""
        async with AsyncExitStack() as stack:
            # What was started is ended in reverse order, also when told to stop in between.
            starting = asyncio.ensure_future(self._start(stack))
            if await _finished_before(stop, starting):
                parts, source = starting.result()
                self._enter(Phase.READY)
                await self._carry(parts, source, stop)
        self._enter(Phase.STOPPED)

    async def _start(self, stack: AsyncExitStack) -> tuple[Parts, KafkaSource]:
        """Bring everything up.

        The group is joined last: a worker that does not yet know whether its model answers
        rightly must not hold partitions.
        """
        settings = self._settings
        metrics = open_metrics()
        health = HealthServer(self.vitals, Address(settings.health.host, settings.health.port))
        await _listen(health)
        stack.push_async_callback(health.close)
        metrics.observe(table.READY, lambda: float(self.vitals.phase is Phase.READY))

        sink = KafkaSink(settings.kafka)
        stack.push_async_callback(sink.close)
        await sink.start()

        self._enter(Phase.LOADING)
        parts = await stack.enter_async_context(open_parts(settings, sink=sink, metrics=metrics))

        self._enter(Phase.JOINING)
        source = KafkaSource(settings.kafka)
        stack.push_async_callback(source.close)
        await source.start()
        metrics.observe(table.IN_FLIGHT, lambda: float(source.in_flight))
        return parts, source

    async def _carry(self, parts: Parts, source: Source, stop: asyncio.Event) -> None:
        running = asyncio.create_task(parts.pipeline.run(source))
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
        self.vitals.phase = phase
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
    raise Systemic(Reason.ENGINE_DEAD, "the engine process ended by itself")
