"""GIF files, block by block (GIF89a specification)."""

from __future__ import annotations

import struct

TRAILER = b";"
PALETTE = bytes([10, 20, 30, 200, 100, 50])
"""Two colours."""

PIXEL = b"\x02\x02\x44\x01\x00"
"""Image data: code size 2, one block with a clear code, colour 0 and the end, no more blocks."""

CONTROL = b"!\xf9\x04\x00\x0a\x00\x00\x00"
"""A graphic control extension: a tenth of a second."""


def screen(width: int, height: int) -> bytes:
    """The signature and the logical screen, with two colours."""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + PALETTE


def image(
    width: int = 1, height: int = 1, left: int = 0, top: int = 0, data: bytes = PIXEL
) -> bytes:
    """An image block."""
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0) + data


def comment(mebibytes: int) -> bytes:
    """A comment extension of so many mebibytes."""
    block = b"\xff" + b"x" * 255
    return b"!\xfe" + block * (mebibytes << 12) + b"\0"
