"""Matroska files, element by element (RFC 8794, RFC 9559)."""

from __future__ import annotations

import struct

EBML, DOC_TYPE, VOID = 0x1A45DFA3, 0x4282, 0xEC
SEGMENT, INFO, TIMESTAMP_SCALE, DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
TRACKS, TRACK_ENTRY, TRACK_NUMBER, TRACK_UID, TRACK_TYPE, CODEC_ID = (
    0x1654AE6B,
    0xAE,
    0xD7,
    0x73C5,
    0x83,
    0x86,
)
VIDEO, PIXEL_WIDTH, PIXEL_HEIGHT, DEFAULT_DURATION = 0xE0, 0xB0, 0xBA, 0x23E383
AUDIO, SAMPLING, CHANNELS = 0xE1, 0xB5, 0x9F
CLUSTER, TIMESTAMP, SIMPLE_BLOCK = 0x1F43B675, 0xE7, 0xA3
ENCODINGS, ENCODING, ENCODING_TYPE, ENCRYPTION = 0x6D80, 0x6240, 0x5033, 0x5035
COMPRESSION, COMPRESSION_ALGORITHM = 0x5034, 0x4254
TAGS, TAG, SIMPLE_TAG, TAG_NAME, TAG_STRING = 0x1254C367, 0x7373, 0x67C8, 0x45A3, 0x4487

UNKNOWN = b"\x01" + b"\xff" * 7
"""A size that is not known: the element goes on until another of its level begins."""


def identifier(number: int) -> bytes:
    """An element's id as it stands in the file."""
    return number.to_bytes((number.bit_length() + 7) // 8)


def size(length: int) -> bytes:
    """A size of 8 bytes."""
    return (length | 1 << 56).to_bytes(8)


def element(number: int, *parts: bytes, claims: bytes | None = None) -> bytes:
    """An element; ``claims`` are the bytes of the size that it states."""
    body = b"".join(parts)
    return identifier(number) + (size(len(body)) if claims is None else claims) + body


def unsigned(number: int, value: int) -> bytes:
    """An element with a whole number."""
    return element(number, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def double(number: int, value: float) -> bytes:
    """An element with a floating-point number."""
    return element(number, struct.pack(">d", value))


def text(number: int, value: str) -> bytes:
    """An element with a text."""
    return element(number, value.encode())


def head(kind: str = "webm") -> bytes:
    """The EBML header."""
    return element(EBML, text(DOC_TYPE, kind))


def info(duration: float | None = None) -> bytes:
    """Info; a duration is in milliseconds."""
    parts = [unsigned(TIMESTAMP_SCALE, 1_000_000)]
    return element(INFO, *parts, *([] if duration is None else [double(DURATION, duration)]))


def video_track(
    *extra: bytes, width: int = 128, height: int = 96, codec: str = "V_VP8", number: int = 1
) -> bytes:
    """A track of pictures."""
    return element(
        TRACK_ENTRY,
        unsigned(TRACK_NUMBER, number),
        unsigned(TRACK_UID, number),
        unsigned(TRACK_TYPE, 1),
        text(CODEC_ID, codec),
        element(VIDEO, unsigned(PIXEL_WIDTH, width), unsigned(PIXEL_HEIGHT, height)),
        *extra,
    )


def block(data: bytes, at_ms: int = 0, key: bool = True) -> bytes:
    """A block of the first track."""
    return element(SIMPLE_BLOCK, b"\x81", struct.pack(">hB", at_ms, 0x80 if key else 0), data)


def cluster(*blocks: bytes, at_ms: int = 0, claims: bytes | None = None) -> bytes:
    """A cluster that begins at a time."""
    return element(CLUSTER, unsigned(TIMESTAMP, at_ms), *blocks, claims=claims)


def matroska(*parts: bytes, kind: str = "webm") -> bytes:
    """A file with one segment."""
    return head(kind) + element(SEGMENT, *parts)
