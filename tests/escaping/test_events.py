"""What an uploader wrote, in what the worker publishes and says of it."""

from __future__ import annotations

import json

import pytest

from tests.fuzz.invariants import fit_to_publish
from tests.support.factories import make_record, make_upload, make_verdict
from tests.support.hostile_text import HOSTILE
from worker.domain.failure import Poison, Reason
from worker.events.codec import MAX_CARRIED, MAX_CARRIED_BYTES, EventCodec

CODEC = EventCodec()


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_fault_names_its_place_in_bounded_text(hostile: str) -> None:
    nested: object = 1
    for _ in range(300):
        nested = {hostile[:10_000]: nested}
    value = json.dumps(make_upload(context={"x": nested})).encode()
    with pytest.raises(Poison) as refused:
        CODEC.read_upload(make_record(value))
    # Half a surrogate is no text; the rest is nested too deep to be echoed.
    lone = "\ud800" in hostile
    fit_to_publish(refused.value, {Reason.NOT_JSON if lone else Reason.SCHEMA_INVALID})
    assert lone or refused.value.detail.startswith("context.x.")


def test_the_place_of_a_fault_of_ours_is_told_whole() -> None:
    with pytest.raises(Poison) as refused:
        CODEC.read_upload(make_record({"event_id": "e", "content_id": "c", "media": {"mime": 3}}))
    assert "media.mime: Input should be a valid string" in refused.value.detail


def test_of_trace_headers_no_more_is_carried_than_a_tracer_writes() -> None:
    headers = (
        ("traceparent", b"00-1"),
        ("baggage", b"x" * (MAX_CARRIED_BYTES + 1)),
        *(("tracestate", b"y" * MAX_CARRIED_BYTES) for _ in range(20)),
    )
    message = CODEC.message(make_verdict(), make_record({}, headers=headers))
    carried = [name for name, _ in message.headers if name in {"traceparent", "tracestate"}]
    assert len(carried) == MAX_CARRIED
    assert "baggage" not in dict(message.headers)
    assert message.headers[-MAX_CARRIED] == ("traceparent", b"00-1")
