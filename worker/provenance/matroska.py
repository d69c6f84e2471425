"""Tags of a Matroska or WebM file (RFC 9559, 5.1.8; EBML itself: RFC 8794)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from worker.provenance.blocks import Blocks
from worker.provenance.text import MAX_TEXT, decode

SEGMENT = 0x18538067
TAGS = 0x1254C367
TAG = 0x7373
SIMPLE_TAG = 0x67C8
TAG_NAME = 0x45A3
TAG_STRING = 0x4487

MAX_ELEMENTS = 50_000
"""Looked at in one file: four hours in clusters of a second have 14,400."""

MAX_TEXTS = 256


@dataclass(slots=True)
class _Walk:
    """The elements of one file, counted."""

    data: bytes | mmap
    left: int = MAX_ELEMENTS

    def elements(self, at: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Id, begin and end of the contents of each element between two offsets.

        One of unknown size (RFC 8794, 6.2) is taken to go on to the end.
        """
        while at < end and self.left > 0:
            self.left -= 1
            id_length = self._length(at)
            size_length = self._length(at + id_length)
            begin = at + id_length + size_length
            if begin > end or not id_length or not size_length:
                return
            identity = int.from_bytes(self.data[at : at + id_length])
            size = int.from_bytes(self.data[at + id_length : begin])
            mask = (1 << (7 * size_length)) - 1
            stop = end if size & mask == mask else min(begin + (size & mask), end)
            yield identity, begin, stop
            at = stop

    def children(self, kind: int, at: int, end: int) -> Iterator[tuple[int, int]]:
        """Begin and end of those of one id."""
        return ((begin, stop) for found, begin, stop in self.elements(at, end) if found == kind)

    def _length(self, at: int) -> int:
        """Bytes of the number that begins here, told by its leading zeros; 0 for none."""
        first = self.data[at : at + 1]
        return 9 - first[0].bit_length() if first and first[0] else 0


def read_matroska(data: bytes | mmap) -> Blocks:
    """The tags. C2PA has no place in this container."""
    walk = _Walk(data)
    texts: dict[str, str] = {}
    for at, end in walk.children(SEGMENT, 0, len(data)):
        for tags_at, tags_end in walk.children(TAGS, at, end):
            for tag_at, tag_end in walk.children(TAG, tags_at, tags_end):
                for simple_at, simple_end in walk.children(SIMPLE_TAG, tag_at, tag_end):
                    _simple_tag(walk, simple_at, simple_end, texts)
    return Blocks(texts=texts)


def _simple_tag(walk: _Walk, at: int, end: int, texts: dict[str, str]) -> None:
    name = value = ""
    for kind, begin, stop in walk.elements(at, end):
        if kind == TAG_NAME:
            name = decode(walk.data[begin : min(stop, begin + 200)])
        elif kind == TAG_STRING:
            value = decode(walk.data[begin : min(stop, begin + MAX_TEXT)])
    if name and len(texts) < MAX_TEXTS:
        texts.setdefault(name, value)
