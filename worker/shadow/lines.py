"""Verdicts in a file, one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worker.shadow.protocol import OriginUnusable, Progress

MAX_LINE = 16 * 1024**2
"""Longest line read, in bytes: twice what a message has at most by default, for kcat's envelope
escapes what is in it."""


class Lines:
    """A file as ``ivy-worker scan --json`` and kcat make them. It may be a pipe."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """See ``Origin``."""
        return str(self._path)

    def values(self, progress: Progress) -> Iterator[bytes | None]:
        """See ``Origin``. Lines of nothing but spaces are passed over."""
        try:
            total = self._path.stat().st_size
            read = 0
            with self._path.open("rb") as lines:
                while line := lines.readline(MAX_LINE):
                    read += len(line)
                    whole = line.endswith(b"\n") or len(line) < MAX_LINE
                    while not whole:  # the rest of it is read, and not kept
                        rest = lines.readline(MAX_LINE)
                        read += len(rest)
                        whole = rest.endswith(b"\n") or len(rest) < MAX_LINE
                        line = b""
                    progress(read, max(total, read))
                    if line.strip() or not line:
                        yield line or None
        except OSError as error:
            raise OriginUnusable(f"{self._path} cannot be read: {error.strerror}") from error
