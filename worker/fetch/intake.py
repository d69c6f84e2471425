"""Taking in bytes as they come, up to a limit."""

from __future__ import annotations

import hashlib

from worker.domain.failure import Poison, Reason
from worker.domain.media import Content
from worker.fetch.protocol import OnSize


class Intake:
    """Grows with every chunk, and refuses the one that goes over the limit.

    A stated length is checked before a byte is read, and never trusted beyond that. Hashes on the
    way: all at once, a large file would hold up the event loop.
    """

    def __init__(self, limit: int, on_size: OnSize, *, stated: int | None = None) -> None:
        self._limit = limit
        self._on_size = on_size
        self._data = bytearray()
        self._digest = hashlib.sha256()
        self._accounted = stated or 0
        if stated is not None:
            self._check(stated)
            on_size(stated)

    def add(self, chunk: bytes | memoryview) -> None:
        """Raises ``Poison`` (``media_too_large``)."""
        self._check(len(self._data) + len(chunk))
        self._data += chunk
        self._digest.update(chunk)
        if len(self._data) > self._accounted:
            self._accounted = len(self._data)
            self._on_size(self._accounted)

    def _check(self, nbytes: int) -> None:
        if nbytes > self._limit:
            raise Poison(
                Reason.MEDIA_TOO_LARGE,
                f"the media has over {self._limit} bytes (fetch.max_bytes)",
            )

    def content(self, mime_hint: str | None) -> Content:
        """All of it. Raises ``Poison`` (``media_empty``)."""
        if not self._data:
            raise Poison(Reason.MEDIA_EMPTY, "the media has no bytes")
        self._on_size(len(self._data))
        return Content(bytes(self._data), self._digest.hexdigest(), mime_hint)
