"""Letters as rows, as JSON, and in full."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from worker.dead_letters.letter import Letter
from worker.printable import printable, shortened

MAX_CELL = 200
"""Characters of one field in a row; a terminal shows fewer, a file of lines stays one of lines."""

MAX_JSON_TEXT = 4096
"""Characters of one field in JSON: what a worker writes is shorter; what is not is not ours."""

COLUMNS = ("letter", "last failure", "reason", "event", "tenant", "tries", "replays", "detail")


def moment(value: datetime | None) -> str:
    """To the second, in UTC."""
    return "" if value is None else value.strftime("%Y-%m-%d %H:%M:%SZ")


def row(letter: Letter) -> tuple[str, ...]:
    """One text for each of ``COLUMNS``, safe on a terminal and free of tabs."""
    return tuple(
        shortened(text, MAX_CELL)
        for text in (
            letter.coordinate,
            moment(letter.died_at),
            letter.reason_text,
            letter.event_id or "",
            letter.tenant or "",
            "" if letter.attempts is None else str(letter.attempts),
            str(letter.replay_count or ""),
            letter.detail,
        )
    )


def as_json(letter: Letter) -> dict[str, Any]:
    """What a letter tells, without its payload."""
    record, origin = letter.record, letter.origin
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "reason": _cut(letter.reason_text),
        "detail": _cut(letter.detail),
        "error_class": _cut(letter.error_class),
        "attempts": letter.attempts,
        "first_failure_at": _iso(letter.first_failure_at),
        "last_failure_at": _iso(letter.last_failure_at),
        "event_id": _cut(letter.event_id),
        "tenant": _cut(letter.tenant),
        "origin": None
        if origin is None
        else {
            "topic": _cut(origin.topic),
            "partition": origin.partition,
            "offset": origin.offset,
            "timestamp_ms": origin.timestamp_ms,
        },
        "key": None if record.key is None else _cut(record.key.decode(errors="backslashreplace")),
        "value_bytes": None if record.value is None else len(record.value),
        "payload_dropped": letter.payload_dropped,
        "span": letter.span,
        "replay_count": letter.replay_count,
    }


def as_json_line(letter: Letter) -> str:
    """The same on one line of ASCII: no control character is left in it."""
    return json.dumps(as_json(letter), separators=(",", ":"))


def story(letter: Letter) -> Iterator[tuple[str, str]]:
    """Everything about a letter but its headers and payload: a name and a printable text each."""
    record = letter.record
    yield "letter", record.coordinates
    for name, text in letter.story:
        yield printable(name), printable(text[:MAX_JSON_TEXT])
    yield "replays so far", str(letter.replay_count)
    yield "key", "none" if record.key is None else _bytes(record.key)
    if letter.payload_dropped:
        yield "value", "left out: it was too large for the topic"
    else:
        yield "value", "none" if record.value is None else f"{len(record.value)} bytes"


def headers(letter: Letter) -> Iterator[tuple[str, str]]:
    """The headers that the event came with, printable."""
    for name, value in letter.headers:
        yield shortened(name, MAX_CELL), _bytes(value)


def _bytes(value: bytes) -> str:
    text = value[:MAX_JSON_TEXT].decode(errors="backslashreplace")
    more = len(value) - MAX_JSON_TEXT
    return printable(text) + (f" … and {more} bytes more" if more > 0 else "")


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:MAX_JSON_TEXT]


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
