"""Verdicts in all the forms that they come in."""

from __future__ import annotations

import json

import pytest

from tests.shadow.pairs import line, scanned, verdict
from tests.support.factories import NOON, make_record
from worker.domain.verdict import Label
from worker.events.codec import EventCodec, Format
from worker.scan.results import as_json_line
from worker.scan.targets import Target
from worker.shadow.compared import EXCERPT, Failed, NotAVerdict, printable, read_compared


@pytest.mark.parametrize("form", Format)
def test_every_form_that_the_worker_writes(form: Format) -> None:
    one = verdict(1, 0.97)
    found = read_compared(EventCodec(output=form).message(one, make_record({})).value)
    assert (found.event_id, found.verdict_id, found.score) == ("e1", one.verdict_id, 0.97)
    assert found.label is Label.AI_GENERATED
    assert found.model == "live/model@r1"
    assert found.at == NOON.timestamp() + 1
    assert found.stages_ms == (12.5, None, None)


def test_a_line_of_a_scan_and_of_kcat() -> None:
    one = verdict(1, 0.1)
    plain = read_compared(line(one))
    assert read_compared(as_json_line(Target("a.png", "file:///a.png"), one).encode()) == plain
    assert read_compared(scanned(one).encode()) == plain
    envelope = {
        "topic": "t",
        "partition": 0,
        "offset": 7,
        "key": "c1",
        "payload": line(one).decode(),
    }
    assert read_compared(json.dumps(envelope).encode()) == plain


def test_a_failure_of_a_scan_is_told_apart() -> None:
    failure = {"reason": "media_empty", "detail": "no bytes"}
    with pytest.raises(Failed):
        read_compared(json.dumps({"target": "a.png", "failure": failure}).encode())


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"payload": "{"}',
        b'{"specversion": "1.0", "data": []}',
        b"[" * 100_000,
        b'{"payload": "' + b"[" * 100_000 + b'"}',
    ],
    ids=range(11),
)
def test_what_is_no_verdict_is_said_to_be_none(data: bytes | None) -> None:
    with pytest.raises(NotAVerdict):
        read_compared(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("score", 1.5),
        ("score", float("nan")),
        ("event_id", "x" * 513),
        ("event_id", "\ud800"),
        ("label", "maybe"),
        ("schema_version", "2"),
        ("ingested_at", "yesterday"),
        ("timings_ms", {"total": float("inf")}),
    ],
)
def test_a_verdict_that_cannot_be_one_is_none(field: str, value: object) -> None:
    with pytest.raises(NotAVerdict):
        read_compared(json.dumps({**json.loads(line(verdict(1, 0.5))), field: value}).encode())


def test_fields_of_another_version_do_no_harm() -> None:
    data = json.loads(line(verdict(1, 0.5)))
    del data["provenance"], data["truncated"], data["explanation_mode"]
    newer = {**data, "a_new_field": [1], "model": {**data["model"], "another": 1}}
    assert read_compared(json.dumps(newer).encode()) == read_compared(line(verdict(1, 0.5)))


def test_an_excerpt_is_short_and_steers_nothing() -> None:
    one = verdict(1, 0.9, explanation="\x1b[31mred\u202e \r\nhands\x00 " + "x" * 10_000)
    found = read_compared(line(one))
    assert found.excerpt.startswith("[31mred hands xxx")
    assert len(found.excerpt) == EXCERPT
    assert printable(" a\tb\x9b") == "a b"
