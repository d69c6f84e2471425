"""RIFF files, as WebP is one (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

ANIMATION, EXIF, ALPHA = 0x02, 0x08, 0x10
"""Flags of VP8X."""


def chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    """A chunk, padded to an even length; ``size`` is what it claims."""
    return (
        kind
        + struct.pack("<I", len(body) if size is None else size)
        + body
        + b"\0" * (len(body) & 1)
    )


def webp(*chunks: bytes, size: int | None = None) -> bytes:
    """A WebP file of these chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def three(value: int) -> bytes:
    """24 bits."""
    return value.to_bytes(3, "little")


def extended(width: int, height: int, flags: int = 0) -> bytes:
    """VP8X."""
    return chunk(b"VP8X", struct.pack("<I", flags) + three(width - 1) + three(height - 1))


def frame(picture: bytes, width: int, height: int, left: int = 0, ms: int = 100) -> bytes:
    """ANMF around the chunks of a still picture."""
    head = three(left // 2) + three(0) + three(width - 1) + three(height - 1) + three(ms) + b"\0"
    return chunk(b"ANMF", head + picture)


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, and where a chunk begins and ends."""
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + (length & 1)
        yield data[at : at + 4], at, end
        at = end
