"""Metrics, and what they recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from worker.telemetry.metric import Metric
from worker.telemetry.metric_table import TABLE
from worker.telemetry.metrics import Metrics

BY_NAME = {metric.name: metric for metric in TABLE}


class Recorded:
    """Metrics with a reader of what they came to."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self._provider = MeterProvider(metric_readers=[self._reader])
        self.metrics = Metrics(self._provider.get_meter("test"))

    def all(self) -> Iterator[tuple[str, Any]]:
        """Every point, with the name of its instrument."""
        data = self._reader.get_metrics_data()
        if data is None:
            return
        for resource in data.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        yield metric.name, point

    def points(self, name: str) -> list[Any]:
        """Those of one instrument."""
        return [point for found, point in self.all() if found == name]

    def values(self, metric: Metric) -> dict[tuple[str, ...], float]:
        """Of a counter or a gauge, by the values of its labels."""
        return {
            tuple(str((point.attributes or {}).get(label)) for label in metric.attributes): (
                point.value
            )
            for point in self.points(metric.name)
        }
