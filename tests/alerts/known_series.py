"""What an expression may ask for: the metrics of the table, and a few that are not ours."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from scripts.dashboards.promql import Matcher, Selector
from worker.telemetry.metric import Kind, Label, Metric
from worker.telemetry.metric_table import TABLE
from worker.telemetry.prometheus_names import prometheus_label, prometheus_name

TARGET = frozenset({"cluster", "namespace", "job", "pod", "instance"})
"""Labels that a scrape adds."""

OTHERS = {
    "up": TARGET,
    "process_start_time_seconds": TARGET,
    "process_cpu_seconds_total": TARGET,
    "process_resident_memory_bytes": TARGET,
    "ALERTS": TARGET | {"alertname", "alertstate"},
    "kube_pod_container_info": TARGET | {"container", "image"},
    "kube_pod_container_status_waiting_reason": TARGET | {"container", "reason"},
    "kube_pod_init_container_status_waiting_reason": TARGET | {"container", "reason"},
    "kube_pod_container_status_last_terminated_reason": TARGET | {"container", "reason"},
    "kube_pod_container_status_restarts_total": TARGET | {"container"},
}
"""Of Prometheus, of its client library, and of kube-state-metrics; with their labels."""


def series_names(metric: Metric) -> tuple[str, ...]:
    """All that a metric is in Prometheus."""
    name = prometheus_name(metric)
    if metric.kind is Kind.HISTOGRAM:
        return tuple(f"{name}{part}" for part in ("_bucket", "_sum", "_count"))
    return (name,)


OURS = {name: metric for metric in TABLE for name in series_names(metric)}


def faults(selector: Selector, recorded: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with a selector."""
    if selector.metric in recorded:
        return
    if selector.metric in OTHERS:
        for matcher in selector.matchers:
            if matcher.label not in OTHERS[selector.metric]:
                yield f"{selector.metric} has no label {matcher.label}"
        return
    metric = OURS.get(selector.metric)
    if metric is None:
        yield f"{selector.metric} is no metric of the table"
        return
    labels = {prometheus_label(label.name): label for label in metric.labels}
    for matcher in selector.matchers:
        if matcher.label == "le":
            yield from _bound_faults(metric, matcher)
        elif matcher.label in labels:
            yield from _value_faults(labels[matcher.label], matcher)
        elif matcher.label not in TARGET:
            yield f"{selector.metric} has no label {matcher.label}"


def _bound_faults(metric: Metric, matcher: Matcher) -> Iterator[str]:
    """A whole number reads ``60`` in Prometheus 2, as it is written, and ``60.0`` in 3."""
    spelled = {
        f"{bound:g}|{bound:g}[.]0" if bound == int(bound) else f"{bound:g}"
        for bound in metric.bounds
    }
    if matcher.value not in spelled:
        yield f"{metric.name} has no bucket {matcher.value}"


def _value_faults(label: Label, matcher: Matcher) -> Iterator[str]:
    if not label.values:
        return
    if matcher.operator in {"=", "!="}:
        if matcher.value not in label.values:
            yield f"{label.name} is never {matcher.value!r}"
        return
    for part in matcher.value.split("|"):
        if not any(re.fullmatch(part, value) for value in label.values):
            yield f"{label.name} never matches {part!r}"
