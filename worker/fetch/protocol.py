"""What the pipeline asks of a fetcher, and what that asks of one for a scheme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.url_policy import Target

OnSize = Callable[[int], None]
"""Told the number of bytes held in memory as soon as it is known or changes."""


class Fetcher(Protocol):
    """Gets the bytes behind a reference, and hashes them while reading."""

    async def fetch(self, media: MediaReference, on_size: OnSize, tenant: str) -> Content:
        """The whole content, which the caller closes; by the rules of ``tenant``.

        Raises ``Poison`` for what can never be had (forbidden URL, 404, too large, empty) and
        ``Transient`` for what may work later (timeouts, 5xx, 429).
        """
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class SchemeFetcher(Protocol):
    """Gets the bytes behind a URL that may be followed."""

    async def fetch(self, target: Target, mime: str | None, on_size: OnSize) -> Content:
        """See ``Fetcher``. ``mime`` is the uploader's claim."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
