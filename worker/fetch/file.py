"""Media on this machine, under one folder only."""

from __future__ import annotations

import asyncio
import os
import stat
from io import FileIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

from worker.domain.failure import Poison, Reason, Transient
from worker.domain.media import Content
from worker.fetch.intake import Intakes
from worker.fetch.protocol import OnSize
from worker.fetch.url_policy import Target

CHUNK = 1024**2
"""Bytes read at once: some milliseconds of a thread."""


class FileFetcher:
    """Reads regular files whose real path, links followed, lies under the root."""

    def __init__(self, root: Path | None, intakes: Intakes) -> None:
        self._root = root.resolve() if root is not None else None
        self._intakes = intakes

    async def fetch(self, target: Target, mime: str | None, on_size: OnSize) -> Content:
        """See ``SchemeFetcher``."""
        path = self._allowed(target.url)
        with await asyncio.to_thread(_open, path) as file, self._intakes.open(on_size) as intake:
            intake.expect(os.fstat(file.fileno()).st_size)
            while chunk := await asyncio.to_thread(_read, file):
                await intake.add(chunk)
            return await intake.content(mime)

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

    async def close(self) -> None:
        """Nothing to close."""


def _open(path: Path) -> FileIO:
    try:
        # No link is followed any more, and no pipe or device is waited for.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise Poison(Reason.MEDIA_NOT_FOUND, "there is no such file") from error
    except OSError as error:
        raise Poison(Reason.URL_FORBIDDEN, "the file cannot be opened") from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise Poison(Reason.URL_FORBIDDEN, "the path is no regular file")
    return FileIO(fd)


def _read(file: FileIO) -> bytes:
    try:
        return file.read(CHUNK)
    except OSError as error:
        raise Transient(Reason.FETCH_FAILED, "the file cannot be read now") from error
