"""The chunks of a PNG that are no pixels (W3C PNG, third edition, 11.3)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from worker.provenance.blocks import Blocks
from worker.provenance.text import MAX_TEXT, decode

SIGNATURE = 8
HEAD = 8
CRC = 4
"""Bytes of the file's signature, of a chunk's length and type, and of its checksum."""

MAX_CHUNKS = 50_000
"""A picture of our largest size in chunks of 8 kB has fewer."""

MAX_TEXTS = 64
"""Generators write up to ten."""

XMP_KEY = "XML:com.adobe.xmp"
"""XMP specification, part 3."""


def read_png(data: bytes) -> Blocks:
    """Text, XMP and EXIF, before the pixels or after them. Checksums are not looked at."""
    texts: dict[str, str] = {}
    xmp = b""
    exif = b""
    c2pa = False
    for kind, body in _chunks(data):
        if kind == b"caBX":  # C2PA 2.x, appendix A
            c2pa = True
        elif kind == b"eXIf":
            exif = exif or body[:MAX_TEXT]
        elif kind in _TEXTS and len(texts) < MAX_TEXTS:
            key, text = _TEXTS[kind](body)
            if key == XMP_KEY:
                xmp = xmp or text.encode()
            else:
                texts.setdefault(key, text)
    return Blocks(exif=exif, xmp=xmp, texts=texts, may_hold_c2pa=c2pa)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Types and contents; contents only of what is not image data."""
    at = SIGNATURE
    for _ in range(MAX_CHUNKS):
        head = data[at : at + HEAD]
        if len(head) < HEAD:
            return
        length = int.from_bytes(head[:4])
        kind = head[4:]
        begin = at + HEAD
        wanted = kind in _TEXTS or kind == b"eXIf"
        yield kind, data[begin : begin + min(length, MAX_TEXT)] if wanted else b""
        if kind == b"IEND":
            return
        at = begin + length + CRC


def _plain(body: bytes) -> tuple[str, str]:
    key, _, text = body.partition(b"\0")
    # Latin-1 by the standard; programs write UTF-8 all the same.
    return key.decode("latin-1"), decode(text)


def _compressed(body: bytes) -> tuple[str, str]:
    key, _, rest = body.partition(b"\0")
    return key.decode("latin-1"), decode(_inflate(rest[1:]))


def _international(body: bytes) -> tuple[str, str]:
    key, _, rest = body.partition(b"\0")
    compressed = rest[:1] == b"\x01"
    _language, _, rest = rest[2:].partition(b"\0")
    _translated, _, text = rest.partition(b"\0")
    return key.decode("latin-1"), decode(_inflate(text) if compressed else text)


def _inflate(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, MAX_TEXT)
    except zlib.error:
        return b""


_TEXTS = {b"tEXt": _plain, b"zTXt": _compressed, b"iTXt": _international}
