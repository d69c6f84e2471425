"""What Prometheus calls a metric and its labels.

The rules of OpenTelemetry's "Prometheus and OpenMetrics Compatibility", as the exporter in use
(opentelemetry-exporter-prometheus) carries them out; a test holds the two against each other. It
adds nothing for the unit "1": ``ivy.ready`` is ``ivy_ready``, and no ``ivy_ready_ratio``.
"""

from __future__ import annotations

import re

from worker.telemetry.metric import Kind, Metric

UNITS = {"s": "seconds", "By": "bytes"}
"""Those of the table that Prometheus spells out. Annotations in braces are dropped."""


def prometheus_name(metric: Metric) -> str:
    """The name of its series; a histogram's is followed by ``_bucket``, ``_sum``, ``_count``."""
    name = _plain(metric.name)
    unit = UNITS.get(metric.unit)
    if unit and not name.endswith(f"_{unit}"):
        name = f"{name}_{unit}"
    return f"{name}_total" if metric.kind is Kind.COUNTER else name


def prometheus_label(attribute: str) -> str:
    """The name of a label."""
    return _plain(attribute)


def _plain(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9]+", "_", name)
