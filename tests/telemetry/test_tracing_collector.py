"""Spans as a real collector receives them, by either protocol."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.trace.collected import read_spans
from scripts.trace.collector import collector
from tests.support.factories import make_record
from tests.support.spans import TRACE_ID, UPLOADERS
from worker.domain.failure import Poison, Reason
from worker.telemetry.config import TelemetryConfig
from worker.telemetry.event_spans import EventSpans
from worker.telemetry.open_tracing import open_tracing


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_what_was_begun_before_the_end_arrives(protocol: str, tmp_path: Path) -> None:
    with collector(tmp_path) as collected:
        endpoint = collected.grpc if protocol == "grpc" else collected.http
        config = TelemetryConfig.model_validate(
            {"traces": "otlp", "otlp_endpoint": endpoint, "otlp_protocol": protocol}
        )
        tracing = open_tracing(config)
        record = make_record(value=b"{}", headers=UPLOADERS)
        with EventSpans(tracing, group="g").process(record) as trace:
            with pytest.raises(Poison), trace.stage("fetch"):
                raise Poison(Reason.MEDIA_NOT_FOUND, "gone")
            trace.failed(Poison(Reason.MEDIA_NOT_FOUND, "gone"))
        tracing.close()
        collected.stop()
        fetch, process = read_spans(collected.file)
    assert process.trace_id == fetch.trace_id == f"{TRACE_ID:032x}"
    assert fetch.parent_id == process.span_id
    assert (process.name, process.kind, process.service) == (
        "process ivy.uploads",
        "CONSUMER",
        "ivy-worker",
    )
    assert process.attributes["messaging.kafka.offset"] == 0
    assert process.events == ("retry",)
    assert fetch.failed
    assert fetch.attributes["error.type"] == "media_not_found"
