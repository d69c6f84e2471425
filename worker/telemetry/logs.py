"""Logs: one JSON object a line for machines, or coloured lines for a person.

What strangers wrote may stand in any value: no line is begun, no terminal steered, and no log
flooded by it.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import MutableMapping
from enum import StrEnum
from typing import Any, TextIO

import structlog
from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

from worker.printable import printable, printable_lines

TRACEBACKS = structlog.processors.ExceptionRenderer(
    # Without local variables: settings and their secrets are among them, and strangers' events.
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)

MAX_CHARS = 4096
"""Of one text in a line: a failure's detail has hundreds, and an error of a library that quotes its
input may have millions."""

MULTILINE = frozenset({"exception", "stack"})
"""Text with lines of ours, or of Python's."""


class LogFormat(StrEnum):
    """How a line of log looks."""

    JSON = "json"
    CONSOLE = "console"


def configure_logs(level: str, form: LogFormat) -> None:
    """Send our logs and the libraries' to standard error, in one form.

    Standard output stays free: `scan --json` writes its results there.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        trace_ids,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Any] = (
        [TRACEBACKS, bounded, structlog.processors.JSONRenderer()]
        if form is LogFormat.JSON
        else [
            bounded,
            harmless,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=_write_traceback
            ),
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    set_log_level(level)


def set_log_level(level: str) -> None:
    """The lowest level written from now on: ``debug``, ``info``, ``warning`` or ``error``."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    for chatty in ("kafka", "httpx", "httpcore", "aiohttp.access"):
        # These tell of every connection at INFO; their warnings still come through.
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def trace_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """``trace_id`` and ``span_id`` of a line written inside a span, in W3C's form.

    By the names of OpenTelemetry's "Trace Context in non-OTLP Log Formats".
    """
    context = get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format_trace_id(context.trace_id)
        event["span_id"] = format_span_id(context.span_id)
    return event


def bounded(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Every text of a line cut at ``MAX_CHARS``, also inside of lists and mappings."""
    return {name: _cut(value) for name, value in event.items()}


def harmless(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Texts for a terminal, where JSON does not write control characters out."""
    return {
        name: (printable_lines if name in MULTILINE else printable)(value)
        if isinstance(value, str)
        else value
        for name, value in event.items()
    }


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_CHARS:
        return f"{value[:MAX_CHARS]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {_cut(name): _cut(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_cut(part) for part in value]
    return value


def _write_traceback(out: TextIO, error: Any) -> None:
    """An error's own words may be a stranger's, too: those of a parser that quotes its input."""
    words = io.StringIO()
    structlog.dev.plain_traceback(words, error)
    lines = words.getvalue().split("\n")
    out.write("\n".join(_cut(printable(line)) for line in lines))
