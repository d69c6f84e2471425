"""The spans of an event, on a worker of twins."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from tests.pipeline.world import World
from tests.support.factories import make_record
from tests.support.media import image_file
from tests.support.spans import (
    PARENT_ID,
    TRACE_ID,
    UPLOADERS,
    RecordedSpans,
    attributes,
    context_of,
    linked,
    parent_of,
)
from worker.domain.failure import Poison, Reason, Systemic, Transient
from worker.domain.record import Record
from worker.flow.no_trace import NO_TRACE
from worker.telemetry import genai, messaging
from worker.telemetry.event_spans import EventSpans
from worker.telemetry.logs import trace_ids
from worker.telemetry.tracing import Tracing

URL = "https://cdn.example/cat.png?signature=hush"


def upload(url: str = URL, event_id: str = "e1") -> bytes:
    event = {"event_id": event_id, "content_id": "c1", "media": {"url": url}, "tenant": "t1"}
    return json.dumps(event).encode()


def record(value: bytes | None = None, **changes: Any) -> Record:
    sent = upload() if value is None else value
    return make_record(value=sent, topic="uploads", headers=UPLOADERS, **changes)


def world(recorded: RecordedSpans, **changes: Any) -> World:
    made = World(tracing=recorded.tracing, **changes)
    made.web.files[URL] = image_file(0.8, "PNG")
    return made


async def test_an_event_is_a_child_of_what_its_uploader_did() -> None:
    recorded = RecordedSpans()
    await world(recorded).carry(record(key=b"c1?query", partition=3, offset=17))
    span = recorded.one("process")
    assert span.name == "process uploads"
    assert span.kind is SpanKind.CONSUMER
    assert context_of(span).trace_id == TRACE_ID
    assert context_of(span).trace_state.get("vendor") == "1"
    assert parent_of(span) == PARENT_ID
    assert span.status.status_code is StatusCode.UNSET
    found = attributes(span)
    assert found.pop(messaging.BODY_SIZE) == len(upload())
    assert found == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "uploads",
        "messaging.destination.partition.id": "3",
        "messaging.kafka.offset": 17,
        "messaging.kafka.message.key": "c1",
        "messaging.message.id": "uploads[3]@17",
        "messaging.consumer.group.name": "group",
        "ivy.lane": "live",
        "ivy.event.id": "e1",
        "ivy.tenant": "t1",
        "ivy.outcome": "verdict",
        "ivy.verdict.label": "authentic",
        "ivy.verdict.action": "allow",
        "ivy.cache.cached": False,
        "ivy.media.kind": "image",
    }


async def test_stages_are_children_and_the_question_has_the_names_of_generative_ai() -> None:
    recorded = RecordedSpans()
    await world(recorded).carry(record())
    process = recorded.one("process")
    by_id = {context_of(span).span_id: span.name for span in recorded.all}
    tree = {(by_id[parent_of(span) or 0], span.name) for span in recorded.all if span != process}
    assert tree == {
        ("process uploads", "validate"),
        ("process uploads", "wait"),
        ("process uploads", "fetch"),
        ("process uploads", "answer"),
        ("answer", "cache claim"),
        ("answer", "decode"),
        ("answer", "engine"),
        ("engine", "chat ivy-worker/tiny"),
        ("answer", "cache store"),
    }
    assert {context_of(span).trace_id for span in recorded.all} == {TRACE_ID}
    question = recorded.one("chat")
    assert question.kind is SpanKind.INTERNAL
    found = attributes(question)
    assert found[genai.OPERATION] == "chat"
    assert found[genai.REQUEST_MODEL] == "ivy-worker/tiny"
    assert found[genai.FINISH_REASONS] == ("stop",)
    assert found[genai.OUTPUT_TOKENS] > 0


async def test_an_uploader_without_tracing_has_a_trace_that_begins_here() -> None:
    recorded = RecordedSpans()
    await world(recorded).carry(make_record(value=upload()))
    assert recorded.one("process").parent is None


async def test_the_poll_is_linked() -> None:
    recorded = RecordedSpans()
    spans = EventSpans(recorded.tracing)
    with spans.process(make_record(), (("traceparent", UPLOADERS[0][1]),)):
        pass
    assert linked(recorded.one("process")) == [PARENT_ID]
    assert recorded.one("process").parent is None


@pytest.mark.parametrize(
    ("failure", "outcome", "detail"),
    [
        (Poison(Reason.MEDIA_NOT_FOUND, "gone"), "dead_letter", "gone"),
        (Transient(Reason.FETCH_FAILED, "away"), "retry", "away"),
        (ValueError("a stranger's words"), "dead_letter", "unexpected ValueError; see"),
    ],
)
async def test_a_failure_is_told_by_its_reason(
    failure: Exception, outcome: str, detail: str
) -> None:
    recorded = RecordedSpans()
    made = world(recorded, retry_delays_s=(1.0,))
    made.web.failures[URL] = [failure] * 3
    await made.carry(record())
    span, fetch = recorded.one("process"), recorded.one("fetch")
    assert attributes(span)[messaging.OUTCOME] == outcome
    assert span.status.status_code is fetch.status.status_code is StatusCode.ERROR
    assert (span.status.description or "").startswith(detail)
    reason = getattr(failure, "reason", Reason.INTERNAL)
    assert attributes(span)["error.type"] == reason
    assert attributes(fetch)["error.type"] == getattr(failure, "reason", "ValueError")
    tries = [event.attributes for event in fetch.events]
    if outcome == "retry":
        assert tries == [{"error.type": "fetch_failed", "detail": "away"}] * 3
        assert attributes(span)[messaging.RETRY_TIER] == 0
    assert "stranger" not in recorded.text


async def test_not_json_and_tombstones() -> None:
    recorded = RecordedSpans()
    await world(recorded).carry(record(value=b"no json"))
    assert attributes(recorded.one("process"))["error.type"] == "not_json"
    await world(recorded).carry(make_record(value=None))
    assert attributes(recorded.named("process")[1])[messaging.KAFKA_TOMBSTONE] is True


async def test_what_stops_the_worker_ends_the_span() -> None:
    recorded = RecordedSpans()
    made = world(recorded)
    made.detector.fail_next = [Systemic(Reason.ENGINE_DEAD, "it died")]
    with pytest.raises(Systemic):
        await made.carry(record())
    for name in ("process", "answer", "engine", "chat"):
        span = recorded.one(name)
        assert attributes(span)["error.type"] == "engine_dead"
        assert span.status.description == "it died"


async def test_events_at_once_do_not_mix() -> None:
    recorded = RecordedSpans()
    made = world(recorded)
    for number in range(5):
        await made.upload(f"https://cdn.example/{number}.png", image_file(0.8, "PNG", seed=number))
    await made.run()
    roots = [span for span in recorded.all if span.parent is None]
    assert [span.name for span in roots] == ["process uploads"] * 5
    traces = {context_of(span).trace_id for span in recorded.all}
    assert len(traces) == 5
    fetched = [context_of(span).trace_id for span in recorded.named("fetch")]
    assert sorted(fetched) == sorted(traces)


async def test_no_content_unless_it_is_asked_for() -> None:
    recorded = RecordedSpans()
    (verdict,) = await world(recorded).carry(record())
    said = json.loads(verdict.value or b"")["explanation"]
    assert said
    assert said not in recorded.text
    assert "hush" not in recorded.text
    assert "cdn.example" not in recorded.text

    recorded = RecordedSpans(record_content=True)
    await world(recorded).carry(record())
    assert attributes(recorded.one("process"))["url.full"] == URL
    (message,) = json.loads(attributes(recorded.one("chat"))[genai.OUTPUT_MESSAGES])
    assert said in message["parts"][0]["content"]


async def test_strangers_ids_are_bounded_and_have_no_query() -> None:
    recorded = RecordedSpans()
    await world(recorded).carry(record(upload(event_id=f"https://x/{'a' * 400}?k=hush")))
    await world(recorded).carry(record(upload(event_id="https://x/y?k=hush"), key=b"\xff" * 9000))
    long, short = (attributes(span) for span in recorded.named("process"))
    assert len(long["ivy.event.id"]) == 259
    assert short["ivy.event.id"] == "https://x/y"
    assert len(short[messaging.KAFKA_KEY]) == 259
    assert "hush" not in recorded.text


async def test_without_tracing_nothing_is_made() -> None:
    spans = EventSpans(Tracing())
    with spans.process(make_record(headers=UPLOADERS)) as trace:
        assert trace is NO_TRACE
        assert trace.stage("fetch") is trace.stage("decode")
    with Tracing().span("x") as span:
        assert not span.get_span_context().is_valid


async def test_a_line_of_log_inside_a_span_names_it() -> None:
    recorded = RecordedSpans()
    spans = EventSpans(recorded.tracing)
    assert trace_ids(None, "info", {"event": "outside"}) == {"event": "outside"}

    async def inside() -> Any:
        with spans.process(record()) as trace, trace.stage("fetch"):
            await asyncio.sleep(0)
            return trace_ids(logging.getLogger(), "info", {"event": "inside"})

    said = await asyncio.create_task(inside())
    fetch = context_of(recorded.one("fetch"))
    assert said["trace_id"] == f"{TRACE_ID:032x}"
    assert said["span_id"] == f"{fetch.span_id:016x}"
