"""Boxes of the ISO base media file format, and of QuickTime before it (ISO/IEC 14496-12).

Walked by their headers: FFmpeg would find the same texts, but decodes frames to open a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from worker.provenance.blocks import Blocks
from worker.provenance.text import MAX_TEXT, decode

C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""C2PA 2.x, appendix A: always in a ``uuid`` box at the top."""
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""XMP specification, part 3."""

MAX_BOXES = 50_000
"""Looked at in one file, on all levels: four hours in fragments of a second have 28,800."""

MAX_TEXTS = 256

LARGE = 1
"""As a box's size: it stands in 8 bytes after the type. 0: the box goes on to the end."""


@dataclass(slots=True)
class _Walk:
    """The boxes of one file, counted."""

    data: bytes | mmap
    left: int = MAX_BOXES

    def boxes(self, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Type, begin and end of the contents of each box between two offsets."""
        end = min(end, len(self.data))
        while at + 8 <= end and self.left > 0:
            self.left -= 1
            size, kind, begin = (
                int.from_bytes(self.data[at : at + 4]),
                self.data[at + 4 : at + 8],
                8,
            )
            if size == LARGE:
                size, begin = int.from_bytes(self.data[at + 8 : at + 16]), 16
            elif size == 0:
                size = end - at
            if size < begin:
                return
            yield kind, at + begin, min(at + size, end)
            at += size

    def first(self, kind: bytes, at: int, end: int) -> tuple[int, int] | None:
        """Begin and end of the contents of the first box of a type."""
        return next(
            ((begin, stop) for found, begin, stop in self.boxes(at, end) if found == kind), None
        )


def read_bmff(data: bytes | mmap) -> Blocks:
    """XMP, texts, and whether there is a C2PA box."""
    walk = _Walk(data)
    xmp: list[bytes] = []
    texts: dict[str, str] = {}
    c2pa = False
    for kind, begin, end in walk.boxes(0, len(data)):
        if kind == b"uuid":
            uuid = data[begin : begin + 16]
            c2pa = c2pa or uuid == C2PA_UUID
            if uuid == XMP_UUID:
                xmp.insert(0, data[begin + 16 : min(end, begin + 16 + MAX_TEXT)])
        elif kind == b"moov":
            _movie(walk, begin, end, texts, xmp)
    # A file of too many boxes was not seen to its end.
    return Blocks(xmp=xmp[0] if xmp else b"", texts=texts, may_hold_c2pa=c2pa and walk.left > 0)


def _movie(walk: _Walk, begin: int, end: int, texts: dict[str, str], xmp: list[bytes]) -> None:
    for kind, at, stop in walk.boxes(begin, end):
        if kind == b"meta":
            _meta(walk, at, stop, texts)
        elif kind == b"udta":
            for inner, inner_at, inner_stop in walk.boxes(at, stop):
                if inner == b"meta":
                    _meta(walk, inner_at, inner_stop, texts)
                elif inner == b"XMP_":
                    xmp.append(walk.data[inner_at : min(inner_stop, inner_at + MAX_TEXT)])
                elif inner.startswith(b"\xa9"):
                    # QuickTime File Format, "user data text strings": length, language, text.
                    _keep(
                        texts, inner, walk.data[inner_at + 4 : min(inner_stop, inner_at + MAX_TEXT)]
                    )


def _meta(walk: _Walk, begin: int, end: int, texts: dict[str, str]) -> None:
    """``keys`` and ``ilst``: names, and values in the same order (QuickTime File Format).

    ISO's ``meta`` has four bytes of version and flags before its boxes, QuickTime's has none.
    """
    if walk.data[begin + 4 : begin + 8] != b"hdlr":
        begin += 4
    names: list[bytes] = []
    for kind, at, stop in walk.boxes(begin, end):
        if kind == b"keys":
            # Version, flags and count; then entries that are built like boxes.
            names = [walk.data[a : min(b, a + 200)] for _, a, b in walk.boxes(at + 8, stop)]
        elif kind == b"ilst":
            for item, item_at, item_stop in walk.boxes(at, stop):
                value = walk.first(b"data", item_at, item_stop)
                index = int.from_bytes(item) - 1
                name = names[index] if 0 <= index < len(names) else item
                if value is not None:
                    # Type and locale come before the value.
                    _keep(texts, name, walk.data[value[0] + 8 : min(value[1], value[0] + MAX_TEXT)])


def _keep(texts: dict[str, str], name: bytes, value: bytes) -> None:
    if len(texts) < MAX_TEXTS:
        texts.setdefault(name.decode("latin-1"), decode(value))
