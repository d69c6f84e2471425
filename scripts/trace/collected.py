"""Spans as a collector wrote them: lines of OTLP JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KINDS = ("", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
"""By their numbers in OTLP."""

ERROR = 2
"""The number of a status that is an error."""


@dataclass(frozen=True, slots=True)
class CollectedSpan:
    """One span. Ids are in hex; times in nanoseconds since the Unix epoch."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: str
    service: str
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    """Trace id and span id of each."""
    events: tuple[str, ...]
    failed: bool

    @property
    def ms(self) -> float:
        """How long it took, in milliseconds."""
        return (self.end_ns - self.start_ns) / 1e6


def read_spans(file: Path) -> list[CollectedSpan]:
    """All spans of a file; none where it is not there yet."""
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = (line for line in lines if line.endswith("\n"))  # the last may be half written
    return [span for line in whole for span in _spans(json.loads(line))]


def _spans(batch: dict[str, Any]) -> Iterator[CollectedSpan]:
    for resource in batch.get("resourceSpans", ()):
        service = _attributes(resource["resource"].get("attributes", ()))["service.name"]
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                yield CollectedSpan(
                    trace_id=span["traceId"],
                    span_id=span["spanId"],
                    parent_id=span.get("parentSpanId", ""),
                    name=span["name"],
                    kind=KINDS[span.get("kind", 0)],
                    service=service,
                    start_ns=int(span["startTimeUnixNano"]),
                    end_ns=int(span["endTimeUnixNano"]),
                    attributes=_attributes(span.get("attributes", ())),
                    links=tuple(
                        (link["traceId"], link["spanId"]) for link in span.get("links", ())
                    ),
                    events=tuple(event["name"] for event in span.get("events", ())),
                    failed=span.get("status", {}).get("code") == ERROR,
                )


def _attributes(pairs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {pair["key"]: _value(pair["value"]) for pair in pairs}


def _value(value: dict[str, Any]) -> Any:
    (kind, held), *_ = value.items()
    if kind == "intValue":
        return int(held)
    if kind == "arrayValue":
        return [_value(one) for one in held.get("values", ())]
    return held
