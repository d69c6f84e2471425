"""The spans of events whose offsets are not committed yet."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from opentelemetry.trace import SpanContext

Place = tuple[str, int]
"""A topic, and the number of a partition."""

MOST = 10_000
"""Spans kept in all. Those of partitions that went to another worker are never committed here; the
oldest are let go."""


class OpenEvents:
    """Put by the event loop when an event begins, taken by whichever thread commits it.

    A commit has to be told of its events, and knows of offsets only.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: OrderedDict[tuple[str, int, int], SpanContext] = OrderedDict()

    def begin(self, place: Place, offset: int, span: SpanContext) -> None:
        """The event at this offset is under way, in this span."""
        with self._lock:
            self._spans[(*place, offset)] = span
            while len(self._spans) > MOST:
                self._spans.popitem(last=False)

    def before(self, offsets: Mapping[Place, int]) -> list[SpanContext]:
        """Those that a commit of these offsets is about: of all events before them."""
        with self._lock:
            return [
                span
                for (topic, partition, offset), span in self._spans.items()
                if offset < offsets.get((topic, partition), -1)
            ]

    def committed(self, offsets: Mapping[Place, int]) -> None:
        """Let go of them."""
        with self._lock:
            for key in [
                (topic, partition, offset)
                for topic, partition, offset in self._spans
                if offset < offsets.get((topic, partition), -1)
            ]:
                del self._spans[key]
