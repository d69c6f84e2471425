"""Media inside the event itself."""

from __future__ import annotations

from worker.domain.failure import Poison, Reason
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.protocol import OnSize


class InlineFetcher:
    """Takes the bytes that are there already."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    async def fetch(self, media: MediaReference, on_size: OnSize) -> Content:
        """Raises ``Poison`` (``media_empty``, ``media_too_large``)."""
        assert media.inline is not None, "the router sends only inline media here"
        if not media.inline:
            raise Poison(Reason.MEDIA_EMPTY, "the media has no bytes")
        if len(media.inline) > self._max_bytes:
            raise Poison(
                Reason.MEDIA_TOO_LARGE,
                f"{len(media.inline)} inline bytes are over the limit of {self._max_bytes}"
                " (fetch.max_inline_bytes); send a URL",
            )
        on_size(len(media.inline))
        return Content.of(media.inline, media.mime)
