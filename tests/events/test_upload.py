"""Uploads as producers send them: plain, enveloped, broken."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support.factories import make_record, make_upload
from worker.domain.failure import Poison, Reason
from worker.events.codec import EventCodec

codec = EventCodec()


def test_plain_json() -> None:
    upload = codec.read_upload(make_record(make_upload(b"abc", tenant="acme", priority=5)))
    assert upload.event_id == "e-1"
    assert upload.media.inline == b"abc"
    assert (upload.tenant, upload.surface, upload.priority) == ("acme", "default", 5)


def test_unknown_fields_are_kept_in_context() -> None:
    event = make_upload(album="holiday", context={"album": "mine wins", "n": 1})
    assert codec.read_upload(make_record(event)).context == {"album": "mine wins", "n": 1}
    assert codec.read_upload(make_record(make_upload(album=[1]))).context == {"album": [1]}


def test_cloudevents_binary_mode() -> None:
    event = make_upload()
    del event["event_id"]
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"ce-7"),
        ("ce_source", b"/uploads"),
        ("ce_type", b"com.example.upload"),
        ("ce_time", b"2026-01-02T12:00:00Z"),
        ("content-type", b"application/json"),
    )
    upload = codec.read_upload(make_record(event, headers=headers))
    assert upload.event_id == "ce-7"
    assert upload.occurred_at is not None
    assert upload.occurred_at.isoformat() == "2026-01-02T12:00:00+00:00"
    assert upload.context["cloudevent"] == {
        "id": "ce-7",
        "source": "/uploads",
        "type": "com.example.upload",
        "time": "2026-01-02T12:00:00Z",
    }


@pytest.mark.parametrize("encoding", ["data", "data_base64"])
def test_cloudevents_structured_mode(encoding: str) -> None:
    event = make_upload()
    data = event if encoding == "data" else base64.b64encode(json.dumps(event).encode()).decode()
    envelope = {"specversion": "1.0", "id": "ce-8", "source": "/u", "type": "t", encoding: data}
    headers = (("Content-Type", b"application/cloudevents+json; charset=UTF-8"),)
    upload = codec.read_upload(make_record(envelope, headers=headers))
    assert upload.event_id == "e-1"  # the data's own id wins over the envelope's
    assert upload.context["cloudevent"] == {"id": "ce-8", "source": "/u", "type": "t"}


@pytest.mark.parametrize(
    "value",
    [None, b"", b"not json", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000],
    ids=["null", "empty", "text", "cut", "binary", "nan", "deep"],
)
def test_not_json(value: bytes | None) -> None:
    with pytest.raises(Poison) as caught:
        codec.read_upload(make_record(value))
    assert caught.value.reason is Reason.NOT_JSON


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ([], "event"),
        ("text", "event"),
        ({}, "event_id: Field required"),
        (make_upload(event_id=""), "event_id"),
        (make_upload(media={}), "exactly one of media.url and media.inline"),
        (make_upload(media={"url": "http://x", "inline": "AA=="}), "exactly one of"),
        (make_upload(media={"inline": "?"}), "media.inline"),
        (make_upload(occurred_at="2026-01-02T12:00:00"), "occurred_at"),
        (make_upload(schema_version="2"), "schema_version"),
        (make_upload(context=[]), "context"),
        (make_upload(priority=101), "priority"),
    ],
)
def test_schema_faults_name_the_field(event: object, named: str) -> None:
    with pytest.raises(Poison) as caught:
        codec.read_upload(make_record(event))
    assert caught.value.reason is Reason.SCHEMA_INVALID
    assert named in caught.value.detail


def test_a_fault_never_quotes_the_value() -> None:
    with pytest.raises(Poison) as caught:
        codec.read_upload(make_record(make_upload(media={"inline": "secret?!"})))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ((("content-type", b"application/cloudevents-batch+json"),), []),
        ((("content-type", b"application/cloudevents+json"),), []),
        ((("content-type", b"application/cloudevents+json"),), {"specversion": 1.0}),
        ((("content-type", b"application/cloudevents+json"),), {"specversion": "0.3"}),
        (
            (("content-type", b"application/cloudevents+json"),),
            {"specversion": "1.0", "data_base64": "?"},
        ),
        ((("ce_specversion", b"2.0"),), {}),
        ((("ce_specversion", b"1.0"),), []),
    ],
)
def test_broken_envelopes_are_poison(headers: tuple[tuple[str, bytes], ...], value: object) -> None:
    with pytest.raises(Poison) as caught:
        codec.read_upload(make_record(value, headers=headers))
    assert caught.value.reason is Reason.SCHEMA_INVALID


@pytest.mark.parametrize(
    "value",
    [
        b'{"event_id": "\\ud800"}',
        b'{"context": {"\\udfff": 1}}',
        '{"event_id": "ü"}'.encode("utf-16"),
        b'{"event_id": "\xed\xa0\x80"}',
    ],
    ids=["half a pair", "half a pair as a name", "utf-16", "a surrogate's bytes"],
)
def test_what_is_no_text_is_not_json(value: bytes) -> None:
    with pytest.raises(Poison) as refused:
        EventCodec().read_upload(make_record(value))
    assert refused.value.reason is Reason.NOT_JSON


def test_a_whole_pair_is_text() -> None:
    event = b'{"event_id": "\\ud83d\\ude00", "content_id": "1", "media": {"url": "https://x/y"}}'
    assert EventCodec().read_upload(make_record(event)).event_id == "\U0001f600"


@pytest.mark.parametrize("number", [b"1e999", b"-1e400", b"NaN", b"Infinity"])
def test_a_number_that_could_not_be_echoed_is_not_json(number: bytes) -> None:
    event = b'{"event_id": "1", "content_id": "1", "media": {"url": "https://x/y"}, "x": %s}'
    with pytest.raises(Poison) as refused:
        EventCodec().read_upload(make_record(event % number))
    assert refused.value.reason is Reason.NOT_JSON
