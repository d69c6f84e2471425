"""Settings of traces: what is missing is told, and OpenTelemetry's own variables hold."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags

from tests.support.ports import free_port
from tests.support.spans import PARENT_ID, TRACE_ID, RecordedSpans
from worker.domain.failure import Systemic
from worker.settings.relations import check_relations
from worker.settings.settings import load_settings
from worker.settings.sources import SettingsInvalid
from worker.telemetry import config as config_module
from worker.telemetry import resource as resource_module
from worker.telemetry.config import TelemetryConfig
from worker.telemetry.engine_traces import EngineTraces
from worker.telemetry.last_spans import FLUSH_S
from worker.telemetry.open_tracing import open_tracing
from worker.telemetry.sampling import sampler
from worker.telemetry.tracing import Tracing


@pytest.fixture(autouse=True)
def without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*config_module.ENDPOINT_VARIABLES, *config_module.PROTOCOL_VARIABLES):
        monkeypatch.delenv(name, raising=False)


def config(**changes: object) -> TelemetryConfig:
    return TelemetryConfig.model_validate({"traces": "otlp", **changes})


def test_by_default_there_is_none() -> None:
    assert not open_tracing(TelemetryConfig()).on
    assert not list(TelemetryConfig().faults())


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        (["telemetry.traces=otlp"], r"telemetry\.otlp_endpoint is not set, nor OTEL_EXPORTER"),
        (["telemetry.metrics_otlp=true"], r"telemetry\.otlp_endpoint is not set"),
        (["telemetry.engine_traces=true"], r"telemetry\.engine_traces needs telemetry\.traces"),
        (["telemetry.otlp_endpoint=collector:4318"], r"telemetry\.otlp_endpoint"),
        (["telemetry.sample_ratio=1.5"], r"telemetry\.sample_ratio"),
    ],
)
def test_what_is_missing_is_named(assignments: list[str], said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        check_relations(load_settings(None, assignments))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config_module.EXPORTERS, "grpc", "opentelemetry.exporter.nowhere.at_all")
    wanted = config(otlp_endpoint="http://c:4317", otlp_protocol="grpc")
    (fault,) = wanted.faults()
    assert "pip install opentelemetry-exporter-nowhere-at_all" in fault
    with pytest.raises(Systemic, match="pip install"):
        open_tracing(wanted)


def test_a_protocol_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
    (fault,) = config(otlp_endpoint="http://c:4318").faults()
    assert "http/json" in fault


def test_the_standard_variables_hold_unless_set_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318/")
    assert config().traces_endpoint == "http://all:4318/v1/traces"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://spans:4318/here")
    assert config().traces_endpoint == "http://spans:4318/here"
    mine = config(otlp_endpoint="http://mine:4317")
    assert mine.traces_endpoint == "http://mine:4317/v1/traces"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert mine.traces_endpoint == "http://mine:4317"
    assert config().protocol == "grpc"
    assert config(otlp_protocol="http/protobuf").protocol == "http/protobuf"


def test_the_resource_is_ours_and_variables_win(monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> Resource:
        return resource_module.resource.__wrapped__()

    assert made().attributes["service.name"] == "ivy-worker"
    assert made().attributes["service.instance.id"]
    monkeypatch.setenv("OTEL_SERVICE_NAME", "moderation")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=pod-1,k8s.pod.name=a")
    found = made().attributes
    assert found["service.name"] == "moderation"
    assert found["service.instance.id"] == "pod-1"
    assert found["k8s.pod.name"] == "a"


def test_an_engine_is_told_only_where_it_is_asked_to_trace() -> None:
    there = config(otlp_endpoint="http://c:4318")
    assert EngineTraces.of(there) is None
    told = EngineTraces.of(there.model_copy(update={"engine_traces": True}))
    assert told is not None
    assert told.endpoint == "http://c:4318/v1/traces"
    assert told.environment["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] == "http/protobuf"
    assert told.carrier() == {}


def begun(tracing: Tracing, links: list[Link]) -> bool:
    span = tracing.begin("poll x", kind=SpanKind.CLIENT, context=None, links=links)
    span.end()
    return span.get_span_context().trace_flags.sampled


def test_a_poll_is_kept_with_any_event_that_is() -> None:
    recorded = RecordedSpans(sampler=sampler(0.0))
    kept = SpanContext(TRACE_ID, PARENT_ID, is_remote=True, trace_flags=TraceFlags(1))
    dropped = SpanContext(TRACE_ID, PARENT_ID, is_remote=True, trace_flags=TraceFlags(0))
    assert not begun(recorded.tracing, [])
    assert not begun(recorded.tracing, [Link(dropped)])
    assert begun(recorded.tracing, [Link(dropped), Link(kept)])


def test_the_environment_chooses_the_sampler_unless_the_settings_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    tracing = open_tracing(config(otlp_endpoint=nowhere))
    assert not begun(tracing, [])
    tracing.close()
    tracing = open_tracing(config(otlp_endpoint=nowhere, sample_ratio=1.0))
    assert begun(tracing, [])
    tracing.close()


@contextmanager
def deaf() -> Iterator[str]:
    """It takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_collector_that_is_away_holds_nobody_up(
    protocol: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "50")
    with deaf() as endpoint:
        tracing = open_tracing(config(otlp_endpoint=endpoint, otlp_protocol=protocol))
        begun_at = time.monotonic()
        for _ in range(1000):  # ten queues full
            with tracing.span("fetch"):
                pass
        assert time.monotonic() - begun_at < 2
        begun_at = time.monotonic()
        tracing.close()
        assert time.monotonic() - begun_at < FLUSH_S + 1
