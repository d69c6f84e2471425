"""ISO base media files, box by box (ISO/IEC 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta"})


def box(kind: bytes, *parts: bytes, size: int | None = None) -> bytes:
    """A box; ``size`` is what it claims."""
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8 if size is None else size) + kind + body


def large(kind: bytes, *parts: bytes, size: int | None = None) -> bytes:
    """A box with a size of 64 bits."""
    body = b"".join(parts)
    return struct.pack(">I4sQ", 1, kind, len(body) + 16 if size is None else size) + body


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with a version."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def file_type(brand: bytes = b"isom") -> bytes:
    """ftyp."""
    return box(b"ftyp", brand, bytes(4), brand)


def boxes(data: bytes, begin: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Type, and where a box begins and ends; those inside of containers, too."""
    at, limit = begin, len(data) if end is None else end
    while at + 8 <= limit:
        size = int.from_bytes(data[at : at + 4]) or limit - at
        kind = data[at + 4 : at + 8]
        yield kind, at, at + size
        if kind in CONTAINERS:
            yield from boxes(data, at + 8, at + size)
        at += max(8, size)


def find(data: bytes, kind: bytes) -> tuple[int, int]:
    """Where the first box of this type begins and ends."""
    return next((begin, end) for name, begin, end in boxes(data) if name == kind)


def replaced(data: bytes, kind: bytes, new: bytes) -> bytes:
    """The file with another box in the place of the first of this type, sizes of parents put right.

    The boxes of its samples must stand before what changes: ``mdat`` first, as FFmpeg writes it.
    """
    begin, end = find(data, kind)
    grown = len(new) - (end - begin)
    changed = bytearray(data[:begin] + new + data[end:])
    for name, at, until in boxes(data):
        if name in CONTAINERS and at < begin and end <= until:
            changed[at : at + 4] = struct.pack(">I", until - at + grown)
    return bytes(changed)


def patched(data: bytes, kind: bytes, offset: int, new: bytes) -> bytes:
    """The file with other bytes at an offset from the beginning of a box."""
    begin, _ = find(data, kind)
    return data[: begin + offset] + new + data[begin + offset + len(new) :]
