"""Metrics sent to a collector's own door, and read at Prometheus' one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from prometheus_client import REGISTRY

from tests.support.factories import make_record, make_verdict
from worker.domain.clock import SystemClock
from worker.flow.journey import Journey
from worker.telemetry.config import TelemetryConfig
from worker.telemetry.exporter import INTERVAL_VARIABLE, open_metrics


class Collector:
    """Takes what is sent by OTLP over HTTP."""

    def __init__(self) -> None:
        self.got: list[ExportMetricsServiceRequest] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(ExportMetricsServiceRequest.FromString(await request.read()))
        return web.Response()

    def names(self) -> set[str]:
        """Of the instruments in the last one."""
        return {
            metric.name
            for resource in self.got[-1].resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/metrics", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield collector
    await runner.cleanup()


async def test_metrics_go_to_a_collector_and_stay_at_metrics(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INTERVAL_VARIABLE, "200")
    config = TelemetryConfig(metrics_otlp=True, otlp_endpoint=collector.url)
    async with open_metrics(config) as metrics:
        metrics.outcome(make_verdict(), Journey(make_record(timestamp_ms=1), SystemClock()))
        async with asyncio.timeout(10):
            while not collector.got:
                await asyncio.sleep(0.05)
        assert {"ivy.verdicts", "ivy.stage.duration"} <= collector.names()
        attributes = collector.got[-1].resource_metrics[0].resource.attributes
        assert ("service.name", "ivy-worker") in {
            (one.key, one.value.string_value) for one in attributes
        }
        labels = {"label": "ai_generated", "action": "block", "cached": "false"}
        assert REGISTRY.get_sample_value("ivy_verdicts_total", labels) == 1
        metrics.cache_error()
        sent = len(collector.got)
    # The last figures go out at the end, whatever the interval.
    assert len(collector.got) > sent
    assert REGISTRY.get_sample_value("ivy_verdicts_total", labels) is None


async def test_a_collector_that_is_away_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERVAL_VARIABLE, "50")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    config = TelemetryConfig(metrics_otlp=True, otlp_endpoint="http://127.0.0.1:9")
    async with open_metrics(config) as metrics:
        for _ in range(10):
            metrics.cache_error()
            await asyncio.sleep(0.02)
        assert REGISTRY.get_sample_value("ivy_cache_errors_total") == 10
