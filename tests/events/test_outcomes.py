"""Outcomes as consumers read them."""

from __future__ import annotations

import json

import jsonschema
import pytest

from tests.support.factories import NOON, make_record, make_upload, make_verdict
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Reason
from worker.domain.lineage import Lineage
from worker.domain.record import Outlet
from worker.events.codec import VERDICT_TYPE, EventCodec, Format
from worker.events.json_schema import upload_schema, verdict_schema

TRACE = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def test_a_verdict_as_plain_json() -> None:
    verdict = make_verdict()
    record = make_record(make_upload(), headers=(TRACE, ("x-private", b"stays")))
    message = EventCodec().message(verdict, record)
    assert message.outlet is Outlet.VERDICTS
    assert message.key == verdict.content_id.encode()
    assert message.value is not None
    assert json.loads(message.value)["verdict_id"] == verdict.verdict_id
    headers = dict(message.headers)
    assert headers["ivy-tenant"] == b"default"
    assert headers["traceparent"] == TRACE[1]
    assert "x-private" not in headers


def test_a_verdict_as_binary_cloudevent() -> None:
    verdict = make_verdict()
    message = EventCodec(output=Format.CLOUDEVENTS_BINARY).message(verdict, make_record({}))
    headers = dict(message.headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"] == verdict.verdict_id.encode()
    assert headers["ce_type"] == VERDICT_TYPE.encode()
    assert headers["ce_subject"] == verdict.content_id.encode()
    assert headers["content-type"] == b"application/json"
    assert message.value is not None
    assert json.loads(message.value)["verdict_id"] == verdict.verdict_id


def test_a_verdict_as_structured_cloudevent() -> None:
    verdict = make_verdict()
    message = EventCodec(output=Format.CLOUDEVENTS_STRUCTURED).message(verdict, make_record({}))
    assert dict(message.headers)["content-type"].startswith(b"application/cloudevents+json")
    assert message.value is not None
    envelope = json.loads(message.value)
    assert envelope["specversion"] == "1.0"
    assert envelope["data"]["verdict_id"] == envelope["id"] == verdict.verdict_id


def test_a_dead_letter_keeps_the_record_whole() -> None:
    record = make_record(
        b"\xffraw", key=b"k", headers=(TRACE, ("a", b"1"), ("a", b"2")), offset=7, timestamp_ms=5
    )
    letter = DeadLetter(
        record=record,
        reason=Reason.NOT_JSON,
        detail="the value is not JSON",
        error_class="Poison",
        lineage=Lineage.of(record),
        attempts=1,
        first_failure_at=NOON,
        last_failure_at=NOON,
    )
    message = EventCodec(output=Format.CLOUDEVENTS_BINARY).message(letter, record)
    assert message.outlet is Outlet.DEAD_LETTERS
    assert (message.key, message.value) == (b"k", b"\xffraw")
    assert message.headers[:3] == record.headers
    told = dict(message.headers[3:])
    assert told["ivy-dlq-reason"] == b"not_json"
    assert told["ivy-dlq-offset"] == b"7"
    assert told["ivy-dlq-topic"] == b"ivy.uploads"
    assert "ivy-dlq-event-id" not in told  # unknown is absent, not the word None


def test_schemas_describe_what_is_sent_and_taken() -> None:
    for schema in (upload_schema(), verdict_schema()):
        jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(make_upload(anything="else"), upload_schema())
    jsonschema.validate(json.loads(make_verdict().model_dump_json()), verdict_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"event_id": "x"}, upload_schema())
