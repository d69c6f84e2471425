"""The tracer of a worker, and what every span of ours has in common.

No exception is recorded on a span: its words may be a stranger's. A span that failed has the
failure's reason as ``error.type``; and its detail, which is written by us, as its status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NoOpTracer,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    use_span,
)

from worker.domain.failure import Failure
from worker.telemetry.messaging import ERROR_TYPE
from worker.telemetry.open_events import OpenEvents

Attributes = Mapping[str, str | bool | int | float | Sequence[str]]

MAX_TEXT = 256
"""Characters of one text in an attribute: ids and keys have dozens, and may be a stranger's."""


class Tracing:
    """Begins spans. Without a tracer there are none, and nothing is spent on them."""

    def __init__(
        self,
        tracer: Tracer | None = None,
        *,
        record_content: bool = False,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.on = tracer is not None
        self.record_content = record_content
        self.open_events = OpenEvents()
        self._tracer = tracer or NoOpTracer()
        self._close = close

    def span(
        self,
        name: str,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        context: Context | None = None,
        links: Sequence[Link] = (),
        attributes: Attributes | None = None,
    ) -> AbstractContextManager[Span]:
        """A span, current inside. ``context`` has its parent; by default it is the current one."""
        if not self.on:
            return nullcontext(INVALID_SPAN)
        span = self.begin(
            name, kind=kind, context=context, links=links, attributes=attributes, begun_ns=None
        )
        return _current(span)

    def begin(
        self,
        name: str,
        *,
        kind: SpanKind,
        context: Context | None,
        links: Sequence[Link] = (),
        attributes: Attributes | None = None,
        begun_ns: int | None = None,
    ) -> Span:
        """A span that the caller ends: for threads that carry no context, and for what is over.

        ``begun_ns`` is in nanoseconds since the Unix epoch.
        """
        return self._tracer.start_span(
            name,
            context=context,
            kind=kind,
            attributes=attributes,
            links=links,
            start_time=begun_ns,
            record_exception=False,
            set_status_on_exception=False,
        )

    def close(self) -> None:
        """Send what is left, for a few seconds at most. Blocks."""
        self._close()


@contextmanager
def _current(span: Span) -> Iterator[Span]:
    with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except BaseException as error:
            fail(span, error)
            raise


def fail(span: Span, error: BaseException) -> None:
    """Say on a span what it failed of (semantic conventions, "Recording errors on spans")."""
    detail = error.detail if isinstance(error, Failure) else None
    fail_for(span, error_type(error), detail)


def fail_for(span: Span, reason: str, detail: str | None = None) -> None:
    """The same, told in words of ours."""
    span.set_attribute(ERROR_TYPE, reason)
    span.set_status(Status(StatusCode.ERROR, detail))


def error_type(error: BaseException) -> str:
    """A failure's reason, or else the class of the error: one of few either way."""
    return error.reason.value if isinstance(error, Failure) else type(error).__qualname__


def plain(text: str) -> str:
    """An id or a key as it may stand in a span: bounded, and without a URL's query.

    Uploaders use URLs as ids, and a query carries signatures.
    """
    for mark in "?#":
        text = text[: MAX_TEXT + 1].partition(mark)[0]
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}..."
