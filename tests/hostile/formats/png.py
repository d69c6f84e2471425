"""PNG files, chunk by chunk (W3C PNG, third edition)."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"

GREY, RGB, PALETTE = 0, 2, 3
"""Colour types."""


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    """A chunk with its right length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int, height: int, colour: int = RGB, depth: int = 8) -> bytes:
    """IHDR."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def rows(width: int, height: int, channels: int = 3, value: int = 90) -> bytes:
    """Image data of one colour, packed."""
    packer = zlib.compressobj(9)
    row = bytes([0]) + bytes([value]) * (width * channels)
    packed = b"".join(packer.compress(row) for _ in range(height))
    return packed + packer.flush()


def png(*chunks: bytes) -> bytes:
    """The signature, these chunks, and the end."""
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND")


def picture(*extra: bytes, width: int = 120, height: int = 90) -> bytes:
    """A sound picture, with chunks between its header and its data."""
    return png(header(width, height), *extra, chunk(b"IDAT", rows(width, height)))


def zeros(mebibytes: int) -> bytes:
    """A zlib stream that grows a thousandfold."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(mebibytes)) + packer.flush()
