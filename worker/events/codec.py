"""Between records and events: uploads are read here, verdicts and dead letters written."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from typing import Any

from pydantic import ValidationError

from worker import __version__
from worker.domain.dead_letter import STORY_PREFIX, DeadLetter
from worker.domain.failure import Poison, Reason
from worker.domain.lineage import NOT_BEFORE, PREFIX, without_lineage
from worker.domain.outcome import Outcome
from worker.domain.postponement import Diversion, Postponement
from worker.domain.record import Headers, Message, Outlet, Record
from worker.domain.upload import UploadEvent
from worker.domain.verdict import VerdictEvent
from worker.events import cloudevents
from worker.events.cloudevents import CloudEvent, Envelope, load_json

VERDICT_TYPE = "io.ivy-worker.verdict.v1"
"""CloudEvents type of a verdict; its version moves with ``schema_version``."""

CARRIED_HEADERS = frozenset({"traceparent", "tracestate", "baggage"})
"""W3C trace context goes from the uploader's record to the verdict's."""

MAX_CARRIED, MAX_CARRIED_BYTES = 8, 8192
"""Of them in all, and in one: what a tracer writes at most (W3C Baggage, 3.3.2)."""

MAX_NAMED_ERRORS = 5
"""Faults named in one dead letter: enough to mend a producer, too few to flood a log."""

MAX_PLACE = 120
"""Characters of the place of a fault. Names in ``context`` are the uploader's, and may be nested
hundreds deep; ours are shorter."""


class Format(StrEnum):
    """How verdicts are written. Uploads are understood in all three."""

    JSON = "json"
    CLOUDEVENTS_BINARY = "cloudevents-binary"
    CLOUDEVENTS_STRUCTURED = "cloudevents-structured"


class EventCodec:
    """Reads uploads and writes outcomes."""

    def __init__(self, *, output: Format = Format.JSON, source: str = "/ivy-worker") -> None:
        self._output = output
        self._source = source

    def read_upload(self, record: Record) -> UploadEvent:
        """The upload event in a record, in whatever form it came.

        Raises ``Poison``: ``corrupt_records`` for one that is damaged as a record, ``not_json``, or
        ``schema_invalid``, which names the fields at fault, without their values.
        """
        if record.damage is not None:
            raise Poison(Reason.CORRUPT_RECORDS, record.damage)
        event = cloudevents.read(record)
        data = load_json(record.value) if event is None else _with_attributes(event)
        try:
            return UploadEvent.model_validate(data)
        except ValidationError as error:
            raise Poison(Reason.SCHEMA_INVALID, _name_faults(error)) from error

    def message(self, outcome: Outcome, record: Record) -> Message:
        """The message that publishes an outcome of ``record``."""
        if isinstance(outcome, VerdictEvent):
            return self._verdict(outcome, record)
        if isinstance(outcome, Postponement):
            return _postponed(outcome)
        if isinstance(outcome, Diversion):
            return Message(Outlet.BACKFILL, record.value, record.key, record.headers)
        return _dead_letter(outcome)

    def _verdict(self, verdict: VerdictEvent, record: Record) -> Message:
        value = verdict.model_dump_json().encode()
        headers: Headers = (("content-type", b"application/json"),)
        if self._output is not Format.JSON:
            envelope = Envelope(
                id=verdict.verdict_id,
                type=VERDICT_TYPE,
                source=self._source,
                subject=verdict.content_id,
                time=verdict.verdict_at,
            )
            binary = self._output is Format.CLOUDEVENTS_BINARY
            value, headers = envelope.binary(value) if binary else envelope.structured(value)
        return Message(
            outlet=Outlet.VERDICTS,
            key=verdict.content_id.encode(),
            value=value,
            headers=(*headers, ("ivy-tenant", verdict.tenant.encode()), *_carried(record)),
        )


def _with_attributes(event: CloudEvent) -> Any:
    """The event's data, completed by what the envelope says already."""
    if not isinstance(event.data, dict):
        return event.data
    data = dict(event.data)
    if "id" in event.attributes:
        data.setdefault("event_id", event.attributes["id"])
    if "time" in event.attributes:
        data.setdefault("occurred_at", event.attributes["time"])
    if isinstance(data.get("context", {}), dict):
        data["context"] = {**data.get("context", {}), "cloudevent": event.attributes}
    return data


def _name_faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    named = "; ".join(
        f"{_place(fault['loc']) or 'event'}: {fault['msg']}" for fault in faults[:MAX_NAMED_ERRORS]
    )
    more = len(faults) - MAX_NAMED_ERRORS
    return named + (f"; and {more} more" if more > 0 else "")


def _place(parts: tuple[int | str, ...]) -> str:
    """Where a fault is, as far as it can be told on a line: these may be a stranger's words."""
    place = ""
    for part in parts:
        place += f".{part}"[: MAX_PLACE + 2]
        if len(place) > MAX_PLACE + 1:
            place = f"{place[:MAX_PLACE]}..."
            break
    return "".join(char if char.isprintable() else "?" for char in place[1:])


def _carried(record: Record) -> Headers:
    carried = (
        (name, value)
        for name, value in record.headers
        if name.lower() in CARRIED_HEADERS and len(value) <= MAX_CARRIED_BYTES
    )
    return tuple(islice(carried, MAX_CARRIED))


def _postponed(postponement: Postponement) -> Message:
    """The record as it came; its past, and when it is due, beside it."""
    record = postponement.record
    due_ms = round(postponement.not_before.timestamp() * 1000)
    return Message(
        outlet=Outlet.RETRIES,
        tier=postponement.tier,
        key=record.key,
        value=record.value,
        headers=(
            *without_lineage(record.headers),
            *postponement.lineage.headers(),
            (NOT_BEFORE, str(due_ms).encode()),
            (f"{PREFIX}reason", postponement.reason.value.encode()),
        ),
    )


def _dead_letter(letter: DeadLetter) -> Message:
    """Key, value and headers as they came, so that a replay is a copy; the story beside them."""
    record, lineage = letter.record, letter.lineage
    story: dict[str, object] = {
        "reason": letter.reason.value,
        "detail": letter.detail,
        "error-class": letter.error_class,
        "attempts": letter.attempts,
        "first-failure": letter.first_failure_at.isoformat(),
        "last-failure": letter.last_failure_at.isoformat(),
        "topic": lineage.topic,
        "partition": lineage.partition,
        "offset": lineage.offset,
        "timestamp-ms": lineage.timestamp_ms,
        "span": record.span if record.span > 1 else None,
        "event-id": letter.event_id,
        "tenant": letter.tenant,
        "worker-version": __version__,
    }
    told = tuple(
        (f"{STORY_PREFIX}{name}", str(value).encode())
        for name, value in story.items()
        if value is not None
    )
    if letter.payload_dropped:
        dropped = (f"{STORY_PREFIX}payload-dropped", b"true")
        return Message(outlet=Outlet.DEAD_LETTERS, value=None, headers=(*told, dropped))
    return Message(
        outlet=Outlet.DEAD_LETTERS,
        key=record.key,
        value=record.value,
        headers=(*_uploaders(record.headers), *told),
    )


def _uploaders(headers: Headers) -> Headers:
    """Without those of our own names: whoever reads a letter takes them for our words."""
    return tuple(
        header for header in without_lineage(headers) if not header[0].startswith(STORY_PREFIX)
    )
