"""What a comparison asks of a place that has verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

Progress = Callable[[int, int], None]
"""Told how much was read, and of how much: records or bytes."""


class OriginUnusable(Exception):
    """There is nothing to read there; the text says where and why."""


class Origin(Protocol):
    """A file or a topic."""

    @property
    def name(self) -> str:
        """As a person knows it."""
        ...

    def values(self, progress: Progress) -> Iterator[bytes | None]:
        """What it has, in its order, once: JSON, whole or not; None for what is too long or empty.

        Raises ``OriginUnusable``, or ``Systemic`` where a broker is away.
        """
        ...
