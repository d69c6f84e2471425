"""W3C trace context in the headers of messages, and in what is said to an engine.

What comes in was written by strangers: it is bounded before it is parsed, and what does not fit is
as if it were absent. A record is never refused for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from worker.domain.record import Headers

TRACEPARENT, TRACESTATE = "traceparent", "tracestate"

OURS = frozenset({TRACEPARENT, TRACESTATE})
"""What is written anew. Baggage is the uploader's: it is passed on and never read."""

MAX_TRACEPARENT = 256
"""Bytes. Version 00 has 55; a later version may have more (W3C Trace Context, 3.2.4)."""

MAX_TRACESTATE = 512
"""Bytes: what everybody must pass on (W3C Trace Context, 3.3.1.5); a longer one is dropped, as that
allows, and the parent kept."""

MAX_MEMBERS = 32
"""Of a tracestate (W3C Trace Context, 3.3.1.1)."""

MEMBER = re.compile(
    r"(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})"
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
"""Of a tracestate (W3C Trace Context, 3.3.1.2 and 3.3.1.3)."""

_W3C = TraceContextTextMapPropagator()


def extract(headers: Headers) -> Context:
    """The context that a message was made in; an empty one where it tells of none.

    A header that is there more than once is none: nobody can say which one counts.
    """
    carrier: dict[str, str] = {}
    for name, limit in ((TRACEPARENT, MAX_TRACEPARENT), (TRACESTATE, MAX_TRACESTATE)):
        values = [value for key, value in headers if key.lower() == name]
        if len(values) == 1 and len(values[0]) <= limit and values[0].isascii():
            carrier[name] = values[0].decode("ascii")
    if TRACEPARENT not in carrier:
        return Context()
    if not _is_tracestate(carrier.get(TRACESTATE, "")):
        del carrier[TRACESTATE]
    return _W3C.extract(carrier, Context())


def _is_tracestate(text: str) -> bool:
    """Told here, for the library writes what it cannot read into the log, a line for each."""
    members = [member for part in text.split(",") if (member := part.strip(" \t"))]
    keys = {member.partition("=")[0] for member in members}
    return len(keys) == len(members) <= MAX_MEMBERS and all(map(MEMBER.fullmatch, members))


def extract_span(headers: Headers) -> SpanContext | None:
    """The same as a thing to link to."""
    found = get_current_span(extract(headers)).get_span_context()
    return found if found.is_valid else None


def carrier_of(context: Context | None = None) -> dict[str, str]:
    """``traceparent`` and ``tracestate`` of a context, by default the current one; may be empty."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, context)
    return carrier


def headers_of(context: Context | None = None) -> Headers:
    """The same as headers of a message."""
    return as_headers(carrier_of(context))


def as_headers(carrier: Mapping[str, str]) -> Headers:
    """Names and values as a message has them."""
    return tuple((name, value.encode("ascii")) for name, value in carrier.items())


def inject(headers: Headers, context: Context) -> Headers:
    """The headers with this context in place of the one that they had.

    It goes before the others: what stands behind the story of a dead letter is no header of the
    event's, and would be missing from its replay.
    """
    ours = headers_of(context)
    if not ours:
        return headers
    return (*ours, *(header for header in headers if header[0].lower() not in OURS))
