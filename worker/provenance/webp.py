"""The chunks of a WebP that are no pixels (RFC 9649, 2.7)."""

from __future__ import annotations

from worker.provenance.blocks import Blocks
from worker.provenance.text import MAX_TEXT

FIRST_CHUNK = 12
HEAD = 8
"""Bytes of the RIFF header, and of a chunk's type and length."""

MAX_CHUNKS = 50_000
"""More than the frames of any animation that we decode."""


def read_webp(data: bytes) -> Blocks:
    """EXIF, XMP, and whether there is a C2PA chunk (C2PA 2.x, appendix A)."""
    found: dict[bytes, bytes] = {}
    at = FIRST_CHUNK
    for _ in range(MAX_CHUNKS):
        head = data[at : at + HEAD]
        if len(head) < HEAD:
            break
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        if kind in {b"EXIF", b"XMP ", b"C2PA"}:
            found.setdefault(kind, data[at + HEAD : at + HEAD + min(length, MAX_TEXT)])
        at += HEAD + length + length % 2
    return Blocks(
        exif=found.get(b"EXIF", b""),
        xmp=found.get(b"XMP ", b""),
        may_hold_c2pa=b"C2PA" in found,
    )
