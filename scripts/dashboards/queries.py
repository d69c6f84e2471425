"""PromQL over the metrics of the table: a name that is not in it cannot be written."""

from __future__ import annotations

from worker.telemetry.metric import Metric
from worker.telemetry.prometheus_names import prometheus_label, prometheus_name

FILTERS = ("cluster", "namespace", "job", "pod")
"""The variables of every dashboard. A label that a Prometheus does not have is an empty one to it,
which "All" (`.*`) matches: the dashboards work with docker-compose, too."""

CHOSEN = ", ".join(f'{name}=~"${name}"' for name in FILTERS)

WORKER = ("pod", "instance")
"""What tells two workers apart: in a cluster the pod, elsewhere the address."""

WORKER_LEGEND = "{{pod}} {{instance}}"


def series(metric: Metric, part: str = "", /, **labels: str) -> str:
    """A selector of what is chosen; ``part`` is a histogram's ``_bucket``, ``_sum`` or ``_count``.

    A value that begins with ``~`` is a regular expression, with ``!~`` one that must not match.
    Raises ``ValueError`` for a label that the metric does not have.
    """
    known = {prometheus_label(name) for name in metric.attributes} | {"le"}
    if unknown := set(labels) - known:
        raise ValueError(f"{metric.name} has no label {', '.join(sorted(unknown))}")
    matchers = [CHOSEN]
    for name, value in labels.items():
        operator = "!~" if value.startswith("!~") else "=~" if value.startswith("~") else "="
        matchers.append(f'{name}{operator}"{value.lstrip("!~")}"')
    return f"{prometheus_name(metric)}{part}{{{', '.join(matchers)}}}"


def rate(metric: Metric, part: str = "", /, *, by: tuple[str, ...] = (), **labels: str) -> str:
    """Of a counter, a second, added up."""
    return f"sum {_by(by)}(rate({series(metric, part, **labels)}[$__rate_interval]))"


def count(metric: Metric, window: str, /, *, by: tuple[str, ...] = (), **labels: str) -> str:
    """What a counter counted in a window, such as ``1h``, or ``$__range``."""
    return f"sum {_by(by)}(increase({series(metric, **labels)}[{window}]))"


def share(part: str, whole: str) -> str:
    """One over the other; nothing where there is nothing to share."""
    return f"{part} / ({whole} > 0)"


def shares(metric: Metric, label: str) -> str:
    """What each value of a label has of a counter's rate."""
    return f"{rate(metric, by=(label,))} / on () group_left () ({rate(metric)} > 0)"


def quantile(of: float, metric: Metric, by: tuple[str, ...] = (), /, **labels: str) -> str:
    """Of a histogram."""
    return f"histogram_quantile({of}, {rate(metric, '_bucket', by=('le', *by), **labels)})"


def total(metric: Metric, /, *, by: tuple[str, ...] = (), **labels: str) -> str:
    """Of a gauge, added up."""
    return f"sum {_by(by)}({series(metric, **labels)})"


def greatest(metric: Metric, /, *, by: tuple[str, ...] = (), **labels: str) -> str:
    """Of a gauge."""
    return f"max {_by(by)}({series(metric, **labels)})"


def mean(metric: Metric, /, *, by: tuple[str, ...] = (), **labels: str) -> str:
    """Of a gauge."""
    return f"avg {_by(by)}({series(metric, **labels)})"


def _by(names: tuple[str, ...]) -> str:
    return f"by ({', '.join(names)}) " if names else ""
