"""Media on this machine, under one folder only."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from worker.domain.failure import Poison, Reason, Transient
from worker.domain.media import Content
from worker.domain.upload import MediaReference
from worker.fetch.intake import Intake
from worker.fetch.protocol import OnSize


class FileFetcher:
    """Reads regular files whose real path, links followed, lies under the root."""

    def __init__(self, root: Path | None, max_bytes: int) -> None:
        self._root = root.resolve() if root is not None else None
        self._max_bytes = max_bytes

    async def fetch(self, media: MediaReference, on_size: OnSize) -> Content:
        """See ``Fetcher``."""
        assert media.url is not None, "the router sends only URLs here"
        path = self._allowed(media.url)
        data = await asyncio.to_thread(self._read, path)
        # Taken in by that thread, too: hashing a large file would hold up the event loop.
        content = await asyncio.to_thread(self._take_in, data, media.mime)
        on_size(len(content.data))
        return content

    def _take_in(self, data: bytes, mime: str | None) -> Content:
        intake = Intake(self._max_bytes, lambda _: None)
        intake.add(data)
        return intake.content(mime)

    def _allowed(self, url: str) -> Path:
        if self._root is None:
            raise Poison(Reason.URL_FORBIDDEN, "file:// is not allowed here (fetch.file_root)")
        parts = urlsplit(url)
        if parts.netloc not in {"", "localhost"}:
            raise Poison(Reason.URL_FORBIDDEN, "a file:// URL names no other host")
        if parts.query or parts.fragment:
            raise Poison(Reason.URL_FORBIDDEN, "? and # in a file:// URL must be escaped")
        try:
            path = Path(unquote(parts.path)).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise Poison(Reason.URL_FORBIDDEN, "the file's path cannot be resolved") from error
        if not path.is_relative_to(self._root):
            raise Poison(Reason.URL_FORBIDDEN, "the file lies outside of fetch.file_root")
        return path

    def _read(self, path: Path) -> bytes:
        """One byte more than allowed is enough to refuse a file."""
        try:
            # No link is followed any more, and no pipe or device is waited for.
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise Poison(Reason.MEDIA_NOT_FOUND, "there is no such file") from error
        except OSError as error:
            raise Poison(Reason.URL_FORBIDDEN, "the file cannot be opened") from error
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise Poison(Reason.URL_FORBIDDEN, "the path is no regular file")
            try:
                return file.read(self._max_bytes + 1)
            except OSError as error:
                raise Transient(Reason.FETCH_FAILED, "the file cannot be read now") from error

    async def close(self) -> None:
        """Nothing to close."""
