"""A counter's sums, kept here until somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

Attributes = Mapping[str, str | bool | int]


class Tally:
    """Sums by attributes. OpenTelemetry reads it as an asynchronous counter.

    Its synchronous one does at each count what is only needed at each reading, which is twenty
    times as slow. What is lost are exemplars of counters; histograms have theirs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[tuple[tuple[str, str | bool | int], ...], int] = {}

    def add(self, amount: int, attributes: Attributes) -> None:
        """Count. Safe from any thread."""
        key = tuple(attributes.items())
        with self._lock:
            self._sums[key] = self._sums.get(key, 0) + amount

    def read(self) -> Iterator[tuple[Attributes, float]]:
        """Each set of attributes, in whatever order they were given, with its sum."""
        with self._lock:
            sums = list(self._sums.items())
        found: dict[frozenset[tuple[str, str | bool | int]], tuple[Attributes, float]] = {}
        for key, amount in sums:
            one = frozenset(key)
            _, before = found.get(one, ({}, 0))
            found[one] = (dict(key), before + amount)
        yield from found.values()
