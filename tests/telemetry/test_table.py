from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

import pytest
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import worker
from worker.telemetry.instruments import Instruments
from worker.telemetry.metric import Kind, Label, Metric, metrics_in
from worker.telemetry.metric_table import GROUPS, TABLE
from worker.telemetry.prometheus_names import prometheus_label, prometheus_name


@dataclass(frozen=True)
class Exported:
    """Instruments, and where the real exporter puts what they say."""

    instruments: Instruments
    registry: CollectorRegistry


@pytest.fixture
def exported() -> Iterator[Exported]:
    registry = CollectorRegistry()
    reader = PrometheusMetricReader(scope_info_enabled=False, registry=registry)
    provider = MeterProvider(metric_readers=[reader])
    yield Exported(Instruments(provider.get_meter("test")), registry)
    provider.shutdown()


def test_every_metric_has_one_name_and_one_place() -> None:
    assert len({metric.name for metric in TABLE}) == len(TABLE)
    assert len({prometheus_name(metric) for metric in TABLE}) == len(TABLE)
    assert sum(len(group.metrics) for group in GROUPS) == len(TABLE)


def test_no_metric_is_made_outside_of_the_table() -> None:
    root = Path(worker.__file__).parent
    makers = {
        str(path.relative_to(root).parent)
        for path in root.rglob("*.py")
        if re.search(r"\bMetric\(\n? *\"", path.read_text(encoding="utf-8"))
    }
    assert makers == {"telemetry/table"}


def test_a_module_of_the_table_that_is_forgotten_is_found() -> None:
    folder = Path(worker.__file__).parent / "telemetry" / "table"
    written = {
        name
        for path in folder.glob("*.py")
        for name in re.findall(r"\bMetric\(\n? *\"([a-z_.]+)\"", path.read_text(encoding="utf-8"))
    }
    assert written == {metric.name for metric in TABLE}


def test_a_table_forgets_nothing_that_its_module_has() -> None:
    one, other = Metric("a", Kind.GAUGE, "1", ""), Metric("b", Kind.COUNTER, "1", "")
    assert metrics_in({"X": one, "text": "no", "Y": other}) == (one, other)


def test_a_label_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="tenant"):
        Label("tenant")
    with pytest.raises(ValueError, match="lane"):
        Label("lane", frozenset(("live",)), "some lanes")

    class Colour(StrEnum):
        RED = "red"

    assert Label.of("colour", Colour).values == {"red"}
    assert Label.flag("on").values == {"true", "false"}


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text; version=1.0.0"])
def test_the_names_are_those_that_the_real_exporter_prints(accept: str, exported: Exported) -> None:
    for metric in TABLE:
        attributes = dict.fromkeys(metric.attributes, "x")
        if metric.kind is Kind.COUNTER:
            exported.instruments.add(metric, 1, attributes)
        elif metric.kind is Kind.HISTOGRAM:
            exported.instruments.record(metric, 1.0, attributes)
        else:
            exported.instruments.observe(metric, partial(list, [(attributes, 1.0)]))
    encode, _ = choose_encoder(accept)
    text = encode(exported.registry).decode()
    printed = dict(re.findall(r"^(\w+)(?:\{(.*)\})? 1\.0$", text, re.MULTILINE))
    for metric in TABLE:
        name = prometheus_name(metric)
        if metric.kind is Kind.HISTOGRAM:
            name += "_count"
        assert name in printed, name
        labels = set(re.findall(r"(\w+)=", printed[name]))
        assert labels == {prometheus_label(one) for one in metric.attributes}, name


def test_open_metrics_can_be_read_by_its_own_parser(exported: Exported) -> None:
    exported.instruments.show_zeros()
    encode, _ = choose_encoder("application/openmetrics-text; version=1.0.0")
    text = encode(exported.registry).decode()
    families = {one.name for one in text_string_to_metric_families(text)}  # type: ignore[no-untyped-call]
    assert "ivy_dead_letters" in families
    assert b"ivy_dead_letters_total" in generate_latest(exported.registry)


def test_a_rate_sees_the_first_event_because_counters_begin_at_0(exported: Exported) -> None:
    exported.instruments.show_zeros()
    assert (
        exported.registry.get_sample_value("ivy_dead_letters_total", {"reason": "engine_failed"})
        == 0
    )
    verdict = {"label": "uncertain", "action": "review", "cached": "true"}
    assert exported.registry.get_sample_value("ivy_verdicts_total", verdict) == 0
    # Of those whose labels the code cannot list there is none to begin with.
    assert b"ivy_postponed" not in generate_latest(exported.registry)
