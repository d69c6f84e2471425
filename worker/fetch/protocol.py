"""What the pipeline asks of a fetcher."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from worker.domain.media import Content
from worker.domain.upload import MediaReference

OnSize = Callable[[int], None]
"""Told the number of bytes as soon as it is known or grows, so that memory is accounted for."""


class Fetcher(Protocol):
    """Gets the bytes behind a reference, and hashes them while reading."""

    async def fetch(self, media: MediaReference, on_size: OnSize) -> Content:
        """The whole content.

        Raises ``Poison`` for what can never be had (forbidden URL, 404, too large, empty) and
        ``Transient`` for what may work later (timeouts, 5xx, 429).
        """
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
