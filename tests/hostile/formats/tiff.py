"""TIFF files, entry by entry (TIFF 6.0); EXIF has the same form."""

from __future__ import annotations

import struct
from dataclasses import dataclass

BYTE, ASCII, SHORT, LONG, UNDEFINED = 1, 2, 3, 4, 7

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES = 273, 274, 277, 278, 279
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 322, 323, 324, 325
SUB_IFDS, EXIF_IFD = 330, 0x8769


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a directory. ``value`` stands in it as it is: a number, or an offset."""

    tag: int
    kind: int
    count: int
    value: int

    def packed(self) -> bytes:
        """12 bytes, little-endian."""
        form = "<HHIHH" if self.kind == SHORT and self.count == 1 else "<HHII"
        values = (self.value, 0) if form == "<HHIHH" else (self.value,)
        return struct.pack(form, self.tag, self.kind, self.count, *values)


def directory(*entries: Entry, following: int = 0) -> bytes:
    """An image file directory."""
    packed = b"".join(entry.packed() for entry in sorted(entries, key=lambda one: one.tag))
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)


def tiff(*entries: Entry, following: int = 0, after: bytes = b"") -> bytes:
    """A file with one directory at its beginning, and these bytes after it."""
    return b"II*\0" + struct.pack("<I", 8) + directory(*entries, following=following) + after


def size_of(entries: int) -> int:
    """Where the bytes after the directory begin."""
    return 8 + 2 + 12 * entries + 4


def grey(width: int, height: int) -> list[Entry]:
    """What a grey picture without compression must say, but for where its strips are."""
    return [
        Entry(WIDTH, LONG, 1, width),
        Entry(HEIGHT, LONG, 1, height),
        Entry(BITS, SHORT, 1, 8),
        Entry(COMPRESSION, SHORT, 1, 1),
        Entry(PHOTOMETRIC, SHORT, 1, 1),
        Entry(SAMPLES, SHORT, 1, 1),
    ]
