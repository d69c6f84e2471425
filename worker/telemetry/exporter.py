"""Where metrics go: to Prometheus, which reads `/metrics`, and to a collector if one is named."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExporter, MetricReader

from worker import __version__
from worker.telemetry.config import TelemetryConfig
from worker.telemetry.metrics import Metrics
from worker.telemetry.resource import NAME, resource

log = structlog.get_logger(__name__)

INTERVAL_VARIABLE = "OTEL_METRIC_EXPORT_INTERVAL"
INTERVAL_MS = 60_000
"""OpenTelemetry's default ("SDK environment variables", "Periodic exporting MetricReader")."""


@asynccontextmanager
async def open_metrics(config: TelemetryConfig) -> AsyncIterator[Metrics]:
    """Metrics that show in the process's Prometheus registry, and go out where that is asked."""
    # The scope is ours alone, and would stand in every line.
    readers: list[MetricReader] = [PrometheusMetricReader(scope_info_enabled=False)]
    sent = InMemoryMetricReader()
    if config.metrics_otlp:
        readers.append(sent)
    provider = MeterProvider(resource=resource(), metric_readers=readers)
    async with AsyncExitStack() as stack:
        stack.callback(provider.shutdown)
        if config.metrics_otlp:
            sender = Sender(sent, _exporter(config), _interval_s())
            stack.push_async_callback(sender.close)
            sender.start()
        metrics = Metrics(provider.get_meter(NAME, __version__))
        metrics.show_zeros()
        yield metrics


class Sender:
    """Sends metrics out again and again.

    They are read in the event loop, where the parts live that they tell of, and sent from a thread.
    The SDK's own periodic reader does both in a thread of its own.
    """

    def __init__(
        self, reader: InMemoryMetricReader, exporter: MetricExporter, interval_s: float
    ) -> None:
        self._reader = reader
        self._exporter = exporter
        self._interval_s = interval_s
        self._sending: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._sending = asyncio.create_task(self._send_again_and_again())

    async def _send_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            await self._send()

    async def _send(self) -> None:
        data = self._reader.get_metrics_data()
        if data is None:
            return
        try:
            # It logs its own failures; what could not be sent is in the next figures, too.
            await asyncio.to_thread(self._exporter.export, data)
        except Exception as error:  # noqa: BLE001 - whatever it is, verdicts go on
            log.warning("metrics_not_sent", error=type(error).__name__)

    async def close(self) -> None:
        """Send the last figures, and disconnect."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
            await self._send()
        await asyncio.to_thread(self._exporter.shutdown)


def _exporter(config: TelemetryConfig) -> MetricExporter:
    """By the settings, or else by the standard variables."""
    options: dict[str, Any] = {}
    if config.protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (
            OTLPMetricExporter as Grpc,
        )

        if config.otlp_endpoint is not None:
            options["endpoint"] = config.otlp_endpoint
        return Grpc(**options)
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as Http

    if config.otlp_endpoint is not None:
        options["endpoint"] = f"{config.otlp_endpoint.rstrip('/')}/v1/metrics"
    return Http(**options)


def _interval_s() -> float:
    """Seconds. What the variable says, where it says something that can be used."""
    said = os.environ.get(INTERVAL_VARIABLE, "")
    return (int(said) if said.isdigit() and int(said) > 0 else INTERVAL_MS) / 1000
