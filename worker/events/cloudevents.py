"""CloudEvents 1.0 on Kafka: reading either mode, writing either mode.

Rules: CloudEvents specification 1.0.2, its JSON event format, and its Kafka protocol binding.
In binary mode the attributes are headers with the prefix ``ce_`` and the value is the data; in
structured mode the value is one JSON object, told by its content type.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.domain.failure import Poison, Reason
from worker.domain.record import Headers, Record

SPEC_VERSION = "1.0"
STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
PREFIX = "ce_"

OWN_ATTRIBUTES = frozenset({"specversion", "datacontenttype", "dataschema"})
"""Attributes about the envelope itself, which say nothing about the upload."""


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """An event's attributes, and its data as a JSON value."""

    data: Any
    attributes: dict[str, str] = field(default_factory=dict)
    """All context attributes as text, without ``specversion`` and its like."""


def read(record: Record) -> CloudEvent | None:
    """The CloudEvent in a record, or None if it is none.

    Raises ``Poison`` for one that is broken, of another version, or a batch.
    """
    content_type = (record.header("content-type") or b"").decode("latin-1").lower()
    if content_type.startswith(BATCHED):
        raise Poison(
            Reason.SCHEMA_INVALID, "CloudEvents batches are not taken; send one event a record"
        )
    if content_type.startswith(STRUCTURED):
        return _read_structured(record)
    if record.header(PREFIX + "specversion") is not None:
        return _read_binary(record)
    return None


def _read_structured(record: Record) -> CloudEvent:
    envelope = load_json(record.value)
    if not isinstance(envelope, dict):
        raise Poison(Reason.SCHEMA_INVALID, "a structured CloudEvent must be a JSON object")
    _check_version(envelope.get("specversion"))
    data = envelope.pop("data", None)
    if "data_base64" in envelope:
        try:
            data = load_json(base64.b64decode(envelope.pop("data_base64"), validate=True))
        except (binascii.Error, TypeError, ValueError) as error:
            raise Poison(Reason.SCHEMA_INVALID, "data_base64 is not base64") from error
    return CloudEvent(data, _attributes({name: str(value) for name, value in envelope.items()}))


def _read_binary(record: Record) -> CloudEvent:
    attributes = {
        name[len(PREFIX) :].lower(): value.decode("utf-8", "replace")
        for name, value in record.headers
        if name.lower().startswith(PREFIX)
    }
    _check_version(attributes.get("specversion"))
    return CloudEvent(load_json(record.value), _attributes(attributes))


def _check_version(version: object) -> None:
    if version != SPEC_VERSION:
        raise Poison(
            Reason.SCHEMA_INVALID, f"CloudEvents specversion must be {SPEC_VERSION}, as a string"
        )


def _attributes(found: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name not in OWN_ATTRIBUTES}


def load_json(data: bytes | None) -> Any:
    """A JSON value. Raises ``Poison`` (``not_json``) if it is none.

    NaN and Infinity are refused: they are no JSON (RFC 8259, 6), and others could not read them
    when echoed.
    """
    if not data:
        raise Poison(Reason.NOT_JSON, "the record has no value")
    try:
        text = data.decode()  # UTF-8 and nothing else (RFC 8259, 8.1)
        value = DECODER.decode(text)
        if "\\u" in text:
            # Half a surrogate pair, escaped, is JSON and yet no text: it could not be echoed.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        # The parser's own message would quote the data; its place is enough to find the fault.
        place = f" at byte {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise Poison(Reason.NOT_JSON, f"the value is not JSON{place}") from error
    return value


def _read_float(text: str) -> float:
    """Refuses what is too large for a double, such as 1e999: it would be echoed as null."""
    value = float(text)
    if math.isinf(value):
        raise ValueError("too large")
    return value


def _refuse_constant(_name: str) -> None:
    raise ValueError("not JSON")


DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_read_float)
"""Made once: ``json.loads`` with these would make one for each record."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of an event to be written."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime

    def binary(self, data: bytes) -> tuple[bytes, Headers]:
        """Value and headers in binary mode."""
        attributes = {"specversion": SPEC_VERSION} | self._text()
        headers = tuple((PREFIX + name, value.encode()) for name, value in attributes.items())
        return data, (("content-type", b"application/json"), *headers)

    def structured(self, data: bytes) -> tuple[bytes, Headers]:
        """Value and headers in structured mode. ``data`` is JSON already, and put in as it is."""
        head = (
            {"specversion": SPEC_VERSION} | self._text() | {"datacontenttype": "application/json"}
        )
        value = json.dumps(head).encode()[:-1] + b',"data":' + data + b"}"
        return value, (("content-type", f"{STRUCTURED}; charset=UTF-8".encode()),)

    def _text(self) -> dict[str, str]:
        return {
            "id": self.id,
            "type": self.type,
            "source": self.source,
            "subject": self.subject,
            "time": self.time.isoformat(),
        }
