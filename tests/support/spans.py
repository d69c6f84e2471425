"""Spans as they are exported, kept in memory."""

from __future__ import annotations

import json
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler
from opentelemetry.trace import SpanContext

from worker.domain.record import Headers
from worker.telemetry.open_tracing import tracing_of
from worker.telemetry.resource import resource

TRACE_ID, PARENT_ID = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
"""The example of W3C Trace Context, 3.2.5."""

UPLOADERS: Headers = (("traceparent", TRACEPARENT), ("tracestate", b"vendor=1"))
"""What an uploader with tracing puts on its message."""


class RecordedSpans:
    """Tracing into memory."""

    def __init__(self, *, record_content: bool = False, sampler: Sampler = ALWAYS_ON) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(resource=resource(), sampler=sampler, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracing = tracing_of(provider, record_content=record_content)

    @property
    def all(self) -> tuple[ReadableSpan, ...]:
        """Those that have ended, in that order."""
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        """Those of a name, or whose name begins with it and a space."""
        return [span for span in self.all if span.name == name or span.name.startswith(f"{name} ")]

    def one(self, name: str) -> ReadableSpan:
        """The only one of a name."""
        (span,) = self.named(name)
        return span

    @property
    def text(self) -> str:
        """All that an exporter would send."""
        return json.dumps([json.loads(span.to_json()) for span in self.all])


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """As a dictionary."""
    return dict(span.attributes or {})


def context_of(span: ReadableSpan) -> SpanContext:
    """Who it is."""
    context = span.get_span_context()
    assert context is not None
    return context


def parent_of(span: ReadableSpan) -> int | None:
    """The id of its parent."""
    return span.parent.span_id if span.parent else None


def linked(span: ReadableSpan) -> list[int]:
    """Ids of what it is linked to."""
    return [link.context.span_id for link in span.links]
