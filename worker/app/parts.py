"""The parts of a pipeline, chosen from the settings and started in order."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from worker.answering.answerer import Answerer
from worker.answering.isolation import Isolation
from worker.app.flow import open_flow
from worker.app.gauges import show_build, show_drift, show_engine, show_media
from worker.cache.fail_open import FailOpen
from worker.cache.protocol import Cache
from worker.cache.redis import RedisCache
from worker.cache.single_flight import SingleFlight
from worker.cache.traced import TracedCache
from worker.calibration.file import load_calibrations
from worker.decode.pool import DecodePool
from worker.decode.protocol import Decoder
from worker.detector.engine_end import EngineEnd
from worker.detector.openai.detector import OpenAIDetector
from worker.detector.protocol import Detector
from worker.detector.self_test import self_test
from worker.detector.traced import TracedDetector
from worker.detector.vllm.detector import VllmDetector
from worker.domain.calibration import Calibrations
from worker.domain.clock import Clock, SystemClock
from worker.domain.failure import Systemic
from worker.domain.procedure import Procedure
from worker.domain.verdict_policy import VerdictPolicy
from worker.events.codec import EventCodec
from worker.fetch.router import FetchRouter
from worker.models.spec import ModelSpec, load_spec
from worker.pipeline import Pipeline, Rooms
from worker.settings.settings import Settings
from worker.stream.kafka.spans import client_attributes
from worker.telemetry.engine_traces import EngineTraces
from worker.telemetry.event_spans import EventSpans
from worker.telemetry.metrics import Metrics
from worker.telemetry.table import cache as cache_table
from worker.telemetry.table.process import BreakerName
from worker.telemetry.tracing import Tracing


@dataclass(frozen=True, slots=True)
class Parts:
    """A pipeline ready to run, and those of its parts that others ask for."""

    pipeline: Pipeline
    detector: Detector
    decoder: DecodePool
    cache: Cache


@asynccontextmanager
async def open_parts(
    settings: Settings,
    *,
    metrics: Metrics,
    cache: Cache | None = None,
    detector: Detector | None = None,
    wrap_decoder: Callable[[Decoder], Decoder] | None = None,
    tracing: Tracing | None = None,
) -> AsyncIterator[Parts]:
    """Start everything between the stream's ends, and end it again in reverse order.

    Yields only after the model gave the expected answers about its golden media. Raises
    ``Systemic`` with what is wrong. ``cache`` and ``detector`` take the places of those of the
    settings; ``wrap_decoder`` puts something between the pipeline and the decoder.
    """
    clock, tracing = SystemClock(), tracing or Tracing()
    async with AsyncExitStack() as stack:
        spec = chosen_spec(settings)
        show_drift(metrics, settings.policy.drift)  # first: its file may be at fault

        fetcher = FetchRouter(settings.fetch)
        stack.push_async_callback(fetcher.close)

        shared = cache or _redis(settings, metrics, clock)
        stack.push_async_callback(shared.close)

        # A server may have died over a question that another worker asked.
        isolation = Isolation(shared if settings.model.engine == "vllm" else None)
        most = questions_at_once(settings)
        decoder = DecodePool(
            settings.decode,
            engine_has_room=lambda: isolation.contents_inside < most,
            lost=metrics.decode_process_lost,
        )
        stack.push_async_callback(decoder.close)
        detector = detector or chosen_detector(settings, spec, metrics.engine_ended)
        stack.push_async_callback(detector.close)
        await _side_by_side(decoder.start(), detector.start())
        await examine(detector, spec, metrics)

        show_media(metrics, fetcher, decoder)
        show_engine(metrics, detector, isolation)
        show_build(metrics, settings, detector)
        flow = await stack.enter_async_context(open_flow(settings, metrics, clock))
        pipeline = Pipeline(
            Rooms(
                codec=EventCodec(output=settings.events.output, source=settings.events.source),
                fetcher=fetcher,
                answers=SingleFlight(
                    TracedCache(shared, tracing) if tracing.on else shared,
                    renew_every_s=settings.cache.lease_s / 3,
                    witness=metrics,
                ),
                answerer=Answerer(
                    wrap_decoder(decoder) if wrap_decoder else decoder,
                    traced_detector(detector, spec, settings, tracing) if tracing.on else detector,
                    procedure=chosen_procedure(settings),
                    retry=flow.retry,
                    clock=clock,
                    isolation=isolation,
                ),
            ),
            policy=VerdictPolicy(
                thresholds=settings.policy.thresholds,
                rules=settings.policy.rules,
                calibrations=chosen_calibrations(settings, spec),
                mode=settings.policy.mode,
            ),
            flow=flow,
            metrics=metrics,
            clock=clock,
            spans=EventSpans(
                tracing,
                group=settings.kafka.consumer.group_id,
                client=client_attributes(settings.kafka),
            ),
        )
        yield Parts(pipeline=pipeline, detector=detector, decoder=decoder, cache=shared)


async def _side_by_side(*starts: Awaitable[None]) -> None:
    """All of them at once. Raises the first failure, when the others have been broken off."""
    tasks = [asyncio.ensure_future(start) for start in starts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def examine(detector: Detector, spec: ModelSpec, metrics: Metrics) -> None:
    """Test it, and count one that fails. Raises ``Systemic``: see ``self_test``."""
    try:
        await self_test(detector, spec)
    except Systemic as failed:
        if not isinstance(failed.__cause__, Systemic):  # else it died, which is counted
            metrics.engine_ended(EngineEnd.SELF_TEST)
        raise


def _redis(settings: Settings, metrics: Metrics, clock: Clock) -> Cache:
    """The cache that all workers share; verdicts go on without it."""
    cache = FailOpen(
        RedisCache(settings.cache),
        on_failure=metrics.cache_error,
        clock=clock,
        retry_after_s=settings.cache.retry_after_s,
    )
    metrics.observe(cache_table.CACHE_UP, lambda: float(cache.up))
    metrics.breaker(BreakerName.CACHE, lambda: not cache.up)
    return cache


def chosen_spec(settings: Settings) -> ModelSpec:
    """The model spec of the settings, with the source and revision they put in its place."""
    spec = load_spec(settings.model.spec)
    changes = {
        name: value
        for name, value in (
            ("source", settings.model.source),
            ("revision", settings.model.revision),
        )
        if value is not None
    }
    return spec.model_copy(update=changes)


def chosen_detector(
    settings: Settings,
    spec: ModelSpec,
    ended: Callable[[EngineEnd], None] = lambda _: None,
) -> Detector:
    """The detector on the engine of the settings, not started. ``ended`` is for an own engine."""
    traces = EngineTraces.of(settings.telemetry)
    if settings.model.engine == "openai":
        return OpenAIDetector(spec, settings.remote, traces)
    return VllmDetector(spec, settings.engine, traces, ended)


def traced_detector(
    detector: Detector, spec: ModelSpec, settings: Settings, tracing: Tracing
) -> Detector:
    """The same with a span for each question."""
    return TracedDetector(detector, spec, tracing, remote=settings.model.engine == "openai")


def chosen_procedure(settings: Settings) -> Procedure:
    """How answers are come to by the settings; to be called once the decoder is up."""
    decode = settings.decode
    anchors = decode.trust_anchors
    return Procedure(
        windows=settings.video,
        cascade=settings.cascade,
        text=decode.text,
        provenance=decode.provenance,
        trust_anchors=hashlib.sha256(anchors.read_bytes()).hexdigest() if anchors else None,
    )


def questions_at_once(settings: Settings) -> int:
    """Media asked about at once that keep the engine of the settings busy."""
    if settings.model.engine == "openai":
        return settings.remote.in_flight
    return settings.engine.in_flight


def chosen_calibrations(settings: Settings, spec: ModelSpec) -> Calibrations:
    """Those of the settings, or else those that come with the spec.

    Raises ``CalibrationInvalid``.
    """
    file = settings.policy.calibrations or spec.calibrations_file
    return load_calibrations(file) if file is not None else Calibrations()
