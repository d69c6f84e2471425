"""OpenTelemetry's instruments of the metrics of the table."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable

from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation

from worker.telemetry.metric import Kind, Label, Metric
from worker.telemetry.metric_table import TABLE
from worker.telemetry.tally import Attributes, Tally

Figures = Iterable[tuple[Attributes, float]]
"""Of a gauge: one figure for each set of attributes."""

MOST_ZEROS = 64
"""Series of one counter that are shown before anything was counted."""


class Instruments:
    """Each is made when it is first used: one nobody feeds is absent, not 0."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._lock = threading.Lock()
        self._tallies: dict[Metric, Tally] = {}
        self._histograms: dict[Metric, Histogram] = {}

    def add(self, metric: Metric, amount: int = 1, attributes: Attributes | None = None) -> None:
        """Count. Safe from any thread."""
        tally = self._tallies.get(metric)
        if tally is None:
            tally = self._begin(metric)
        tally.add(amount, attributes or {})

    def record(self, metric: Metric, figure: float, attributes: Attributes | None = None) -> None:
        """Put a figure into a histogram. Safe from any thread."""
        histogram = self._histograms.get(metric)
        if histogram is None:
            histogram = self._meter.create_histogram(
                metric.name,
                metric.unit,
                metric.description,
                explicit_bucket_boundaries_advisory=metric.bounds or None,
            )
            self._histograms[metric] = histogram
        histogram.record(figure, attributes)

    def observe(self, metric: Metric, read: Callable[[], Figures]) -> None:
        """Have a gauge, or a counter that somebody else counts, read whenever metrics are asked."""
        create = (
            self._meter.create_observable_counter
            if metric.kind is Kind.COUNTER
            else self._meter.create_observable_gauge
        )

        def callback(_: CallbackOptions) -> Iterable[Observation]:
            return [Observation(figure, attributes) for attributes, figure in read()]

        create(metric.name, [callback], metric.unit, metric.description)

    def show_zeros(self, *counted_elsewhere: Metric) -> None:
        """Begin every counter with few series at 0.

        A rate sees the first event only where there was a 0 before it (Prometheus, "Instrumenting",
        "Avoid missing metrics").
        """
        for metric in TABLE:
            if metric.kind is not Kind.COUNTER or metric in counted_elsewhere:
                continue
            if metric.closed and metric.most_series <= MOST_ZEROS:
                for attributes in _combinations(metric.labels):
                    self.add(metric, 0, attributes)

    def _begin(self, metric: Metric) -> Tally:
        with self._lock:
            tally = self._tallies.get(metric)
            if tally is None:  # nor was it made meanwhile, by another thread
                tally = self._tallies[metric] = Tally()
                self.observe(metric, tally.read)
        return tally


def _combinations(labels: tuple[Label, ...]) -> Iterable[dict[str, str | bool]]:
    for values in itertools.product(*(sorted(label.values) for label in labels)):
        yield {
            label.name: value == "true" if label.values == Label.flag("").values else value
            for label, value in zip(labels, values, strict=True)
        }
