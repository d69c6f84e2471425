"""Where metrics go: collected by OpenTelemetry, read by Prometheus at `/metrics`."""

from __future__ import annotations

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from worker import __version__
from worker.telemetry.metric_table import LABEL_MASS
from worker.telemetry.metrics import Metrics

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""Histogram bounds in seconds: OpenTelemetry's advice for durations, on to a model's minutes."""

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
"""Histogram bounds of a mass that is near 1 where all is well."""


def open_metrics() -> Metrics:
    """Metrics that show in the process's Prometheus registry."""
    provider = MeterProvider(
        resource=Resource.create({"service.name": "ivy-worker", "service.version": __version__}),
        metric_readers=[PrometheusMetricReader()],
        views=[
            View(
                instrument_unit="s",
                aggregation=ExplicitBucketHistogramAggregation(boundaries=SECONDS),
            ),
            View(
                instrument_name=LABEL_MASS.name,
                aggregation=ExplicitBucketHistogramAggregation(boundaries=SHARES),
            ),
        ],
    )
    return Metrics(provider.get_meter("ivy-worker", __version__))
