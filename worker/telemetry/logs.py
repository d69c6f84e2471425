"""Logs: one JSON object a line for machines, or coloured lines for a person."""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from typing import Any

import structlog

TRACEBACKS = structlog.processors.ExceptionRenderer(
    # Without local variables: settings and their secrets are among them, and strangers' events.
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


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
        [TRACEBACKS, structlog.processors.JSONRenderer()]
        if form is LogFormat.JSON
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
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
    root.setLevel(level.upper())
    for chatty in ("kafka", "httpx", "httpcore", "aiohttp.access"):
        # These tell of every connection at INFO; their warnings still come through.
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
