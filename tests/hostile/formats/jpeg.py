"""JPEG files, segment by segment (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
SOS, DHT, DQT, DNL, APP0, APP1, APP2, APP14, COM = (
    0xDA,
    0xC4,
    0xDB,
    0xDC,
    0xE0,
    0xE1,
    0xE2,
    0xEE,
    0xFE,
)
FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB})

MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends the data of a scan: a marker that is neither a stuffed byte nor a restart."""


def segment(marker: int, body: bytes) -> bytes:
    """A marker segment with its right length."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, and where its segment begins and ends; that of a scan includes its data."""
    at = 2
    while at + 4 <= len(data) and data[at + 1] != 0xD9:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if data[at + 1] == SOS:
            found = MARKER.search(data, end)
            end = found.start() if found else len(data)
        yield data[at + 1], at, end
        at = end


def after_start(data: bytes, *extra: bytes) -> bytes:
    """The file with segments put in right after its start."""
    return data[:2] + b"".join(extra) + data[2:]


def resized(data: bytes, width: int, height: int) -> bytes:
    """The file with another size in its frame header."""
    for marker, begin, _ in segments(data):
        if marker in FRAMES:
            return data[: begin + 5] + struct.pack(">HH", height, width) + data[begin + 9 :]
    raise AssertionError("no frame header")
