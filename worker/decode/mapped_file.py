"""A file that lies in memory which is not ours to keep, read where it lies."""

from __future__ import annotations

import io
from mmap import mmap

Data = bytes | mmap
"""The bytes of a file. Both are sliced, searched and measured alike."""


class MappedFile:
    """As a file for PyAV, which reads some KB at a time and jumps.

    ``io.BytesIO`` would copy all of it: of a clip of ten minutes that is 150 MB, and as much time
    as it takes to decode a frame or two. ``mmap`` itself raises where one jumps past its end, as
    FFmpeg does in a file that was cut off.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end, and past it."""
        found = self._data[self._at : self._at + size]
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Jump, also past the end. Raises ``ValueError`` before the beginning."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        if base + offset < 0:
            raise ValueError(f"no place before the beginning: {base + offset}")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at
