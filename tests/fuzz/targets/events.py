"""A record -> an upload event, and what is echoed of it in the outcome."""

from __future__ import annotations

import json
from datetime import UTC

from tests.fuzz.invariants import fit_to_publish, quickly
from tests.fuzz.shapes import record_of
from tests.support.factories import NOON, make_verdict
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Poison, Reason
from worker.domain.lineage import Lineage
from worker.domain.record import Message, Record
from worker.domain.upload import ID_LENGTH, UploadEvent
from worker.events.codec import EventCodec, Format

MAX_LEN = 4096

ROOM = 4096
"""Bytes that a verdict has beside what it echoes."""

CODECS = [EventCodec(output=form) for form in Format]


def check(data: bytes) -> None:
    """An event within its bounds whose verdict can be written and read again, or Poison."""
    record = record_of(data)
    with quickly():
        try:
            event = CODECS[0].read_upload(record)
        except Poison as refusal:
            fit_to_publish(refusal, {Reason.NOT_JSON, Reason.SCHEMA_INVALID})
            _is_sound(CODECS[0].message(_letter(record, refusal), record))
            return
        _echo(event, record)


def _echo(event: UploadEvent, record: Record) -> None:
    for text in (event.event_id, event.content_id, event.tenant, event.surface):
        assert 0 < len(text) <= ID_LENGTH
    if event.occurred_at is not None:
        event.occurred_at.timestamp()
    assert UploadEvent.model_validate_json(event.model_dump_json()) == event
    verdict = make_verdict(
        event_id=event.event_id,
        content_id=event.content_id,
        tenant=event.tenant,
        surface=event.surface,
        occurred_at=event.occurred_at,
        context=event.context,
    )
    size = len(event.model_dump_json()) * 6
    for codec in CODECS:
        message = codec.message(verdict, record)
        _is_sound(message)
        assert message.value is not None
        written = json.loads(message.value)
        assert written.get("data", written)["event_id"] == event.event_id
        assert len(message.value) <= size + ROOM


def _letter(record: Record, refusal: Poison) -> DeadLetter:
    return DeadLetter(
        record=record,
        reason=refusal.reason,
        detail=refusal.detail,
        error_class="Poison",
        lineage=Lineage.of(record),
        attempts=1,
        first_failure_at=NOON.astimezone(UTC),
        last_failure_at=NOON,
    )


def _is_sound(message: Message) -> None:
    for name, value in message.headers:
        name.encode()
        assert isinstance(value, bytes)
