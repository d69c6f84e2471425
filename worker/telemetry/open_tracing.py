"""Where spans go: to a collector, in batches, by a thread of the SDK's.

A collector that is away costs its spans and nothing else: the queue of the batch processor is
bounded (OTEL_BSP_MAX_QUEUE_SIZE), a full one drops, and the end does not wait for longer than
``FLUSH_S``.
"""

from __future__ import annotations

import os

import structlog
from opentelemetry.sdk.environment_variables import OTEL_TRACES_SAMPLER
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.semconv.schemas import Schemas

from worker import __version__
from worker.domain.failure import Reason, Systemic
from worker.telemetry.config import TelemetryConfig
from worker.telemetry.last_spans import FLUSH_S, end_provider
from worker.telemetry.resource import NAME, resource
from worker.telemetry.sampling import sampler
from worker.telemetry.tracing import Tracing

log = structlog.get_logger(__name__)


def open_tracing(config: TelemetryConfig) -> Tracing:
    """By the settings. Raises ``Systemic`` where something for it is missing."""
    if config.traces == "none":
        return Tracing()
    for fault in config.faults():
        raise Systemic(Reason.INTERNAL, fault)
    provider = TracerProvider(
        resource=resource(),
        # Without one of ours the SDK reads OTEL_TRACES_SAMPLER.
        sampler=None if _is_left_to_environment(config) else sampler(_ratio(config)),
        shutdown_on_exit=False,  # it would wait once more, and for longer
    )
    provider.add_span_processor(BatchSpanProcessor(_exporter(config)))
    log.info("tracing", endpoint=config.traces_endpoint, protocol=config.protocol)
    return tracing_of(provider, record_content=config.record_content)


def tracing_of(provider: TracerProvider, *, record_content: bool = False) -> Tracing:
    """The worker's spans, to whatever this provider exports to."""
    return Tracing(
        provider.get_tracer(NAME, __version__, schema_url=Schemas.V1_44_0.value),
        record_content=record_content,
        close=lambda: _end(provider),
    )


def _is_left_to_environment(config: TelemetryConfig) -> bool:
    return config.sample_ratio is None and OTEL_TRACES_SAMPLER in os.environ


def _ratio(config: TelemetryConfig) -> float:
    return 1.0 if config.sample_ratio is None else config.sample_ratio


def _exporter(config: TelemetryConfig) -> SpanExporter:
    """All that is not said here it reads from OTEL_EXPORTER_OTLP_*: headers, files, timeout."""
    if config.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as by_grpc

        return by_grpc.OTLPSpanExporter(endpoint=config.traces_endpoint)
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as by_http

    return by_http.OTLPSpanExporter(endpoint=config.traces_endpoint)


def _end(provider: TracerProvider) -> None:
    if not end_provider(provider):
        log.warning("spans_lost", after_s=FLUSH_S, note="the collector did not take them in time")
