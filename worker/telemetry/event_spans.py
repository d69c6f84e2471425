"""The span of one event, from when it is taken up to its published outcome, and of its stages.

The span is a child of the span in which the uploader made the message, and not only linked to it.
The messaging conventions link by default, for a batch has many makers, and let the maker be the
parent where a span is about a single message ("Consumer spans"). Here it is always one message, and
as a child it has what people look for: one trace id from the upload to the verdict, by which the
uploader finds both, and one decision whether to keep it, the uploader's (a parent-based sampler). A
link has neither. Where the uploader says nothing, the trace begins here. The poll that brought the
message along is linked: it brought others too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType

from opentelemetry.trace import Link, Span, SpanKind, get_current_span

from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Failure
from worker.domain.lineage import Lineage
from worker.domain.outcome import Outcome
from worker.domain.postponement import Diversion, Postponement
from worker.domain.record import Headers, Record
from worker.domain.upload import UploadEvent
from worker.domain.verdict import VerdictEvent
from worker.flow.no_trace import NO_TRACE
from worker.flow.protocol import Trace
from worker.telemetry import messaging as names
from worker.telemetry.open_events import OpenEvents
from worker.telemetry.propagation import extract, extract_span
from worker.telemetry.tracing import Tracing, fail_for, plain


class EventSpans:
    """Begins the span of each event. The client, its broker and its group are those of all."""

    def __init__(
        self,
        tracing: Tracing,
        *,
        group: str = "",
        client: Mapping[str, str | int] = MappingProxyType({}),
    ) -> None:
        self._tracing = tracing
        self._open: OpenEvents = tracing.open_events
        self._common: dict[str, str | int] = {names.SYSTEM: names.KAFKA, **client}
        if group:
            self._common[names.GROUP] = group

    def process(self, record: Record, received: Headers = ()) -> AbstractContextManager[Trace]:
        """The event's span, current inside. ``received`` has the context of the poll."""
        if not self._tracing.on:
            return nullcontext(NO_TRACE)
        return self._process(record, received)

    @contextmanager
    def _process(self, record: Record, received: Headers) -> Iterator[Trace]:
        poll = extract_span(received)
        with self._tracing.span(
            f"{names.PROCESS} {record.topic}",
            kind=SpanKind.CONSUMER,
            context=extract(record.headers),
            links=[Link(poll)] if poll else (),
            attributes=self._common | _attributes(record),
        ) as span:
            place = (record.topic, record.partition)
            self._open.begin(place, record.offset, span.get_span_context())
            yield EventTrace(self._tracing, span)


class EventTrace:
    """See ``Trace``."""

    def __init__(self, tracing: Tracing, span: Span) -> None:
        self._tracing = tracing
        self._span = span

    def stage(self, name: str) -> AbstractContextManager[object]:
        """See ``Trace``."""
        return self._tracing.span(name)

    def read(self, upload: UploadEvent) -> None:
        """See ``Trace``."""
        self._span.set_attribute(names.EVENT_ID, plain(upload.event_id))
        self._span.set_attribute(names.TENANT, plain(upload.tenant))
        if self._tracing.record_content and upload.media.url is not None:
            self._span.set_attribute(names.MEDIA_URL, upload.media.url)

    def failed(self, failure: Failure) -> None:
        """See ``Trace``."""
        get_current_span().add_event(
            names.RETRY, {names.ERROR_TYPE: failure.reason.value, "detail": failure.detail}
        )

    def ended(self, outcome: Outcome) -> None:
        """See ``Trace``. A verdict is a success, whatever it says; all else is told."""
        span = self._span
        if isinstance(outcome, VerdictEvent):
            span.set_attribute(names.OUTCOME, "verdict")
            span.set_attribute(names.LABEL, outcome.label.value)
            span.set_attribute(names.ACTION, outcome.action_hint.value)
            span.set_attribute(names.CACHED, outcome.cache.cached)
            span.set_attribute(names.MEDIA_KIND, outcome.media.kind.value)
        elif isinstance(outcome, Diversion):
            span.set_attribute(names.OUTCOME, "diverted")
        elif isinstance(outcome, Postponement):
            span.set_attribute(names.OUTCOME, "retry")
            span.set_attribute(names.RETRY_TIER, outcome.tier)
            fail_for(span, outcome.reason.value, outcome.detail)
        elif isinstance(outcome, DeadLetter):
            span.set_attribute(names.OUTCOME, "dead_letter")
            fail_for(span, outcome.reason.value, outcome.detail)


def _attributes(record: Record) -> dict[str, str | int | bool]:
    found: dict[str, str | int | bool] = {
        names.OPERATION_NAME: names.PROCESS,
        names.OPERATION_TYPE: names.TYPES[names.PROCESS],
        names.DESTINATION: record.topic,
        names.PARTITION: str(record.partition),
        names.KAFKA_OFFSET: record.offset,
        names.MESSAGE_ID: record.coordinates,
        names.BODY_SIZE: len(record.value or b""),
        names.LANE: record.lane.value,
    }
    if record.key is not None:
        found[names.KAFKA_KEY] = plain(record.key[:MAX_KEY].decode(errors="replace"))
    if record.value is None:
        found[names.KAFKA_TOMBSTONE] = True
    if record.is_retry:
        found[names.ATTEMPT] = Lineage.of(record).attempts
    return found


MAX_KEY = 4096
"""Bytes of a key that are looked at."""
