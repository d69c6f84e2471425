"""Record batches as they stand in the log, read where the client library gives up.

The format is Kafka's, "Record Batch" and "Record", message format v2
(https://kafka.apache.org/documentation/#messageformat).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from kafka import codec
from kafka.record.util import calc_crc32c

from worker.domain.record import Headers

HEADER = struct.Struct(">qiibIhiqqqhii")
"""Base offset, length, leader epoch, magic, CRC, attributes, last offset delta, first and largest
timestamp, producer id and epoch, base sequence, count of records."""

BEFORE_LENGTH_COUNTS = 12
"""Bytes up to and with the length, which does not count them."""

CRC_COVERS_FROM = 21
"""The CRC is of everything after itself."""

MAGIC = 2

CODEC_MASK, TRANSACTIONAL, CONTROL = 0x07, 0x10, 0x20
GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4

CODECS = {
    GZIP: ("gzip", codec.has_gzip, codec.gzip_decode),
    SNAPPY: ("snappy", codec.has_snappy, codec.snappy_decode),
    LZ4: ("lz4", codec.has_lz4, codec.lz4_decode),
    ZSTD: ("zstd", codec.has_zstd, codec.zstd_decode),
}

MAX_HEADERS = 10_000
"""In one record: more is a broken count, not a record."""


class Unreadable(Exception):
    """What the bytes are not. The text is ours, and fit to publish."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a batch."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    raw: bytes
    problem: str | None = None
    """Why only ``offset`` and ``raw`` are to be trusted."""


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """One batch: its header, and all of its bytes."""

    data: bytes
    base_offset: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    first_timestamp: int
    producer_id: int
    count: int

    @classmethod
    def first_of(cls, data: bytes) -> RecordBatch:
        """The batch that the bytes begin with. Raises ``Unreadable`` where they hold none whole."""
        if len(data) < HEADER.size:
            raise Unreadable("it is shorter than a batch's header")
        base, length, _, magic, crc, attributes, delta, first, _, producer, _, _, count = (
            HEADER.unpack_from(data)
        )
        size = BEFORE_LENGTH_COUNTS + length
        if not HEADER.size <= size <= len(data):
            raise Unreadable("its stated length cannot be")
        return cls(data[:size], base, magic, crc, attributes, delta, first, producer, count)

    @property
    def last_offset(self) -> int:
        """Of its records, where the header can be trusted."""
        return self.base_offset + self.last_offset_delta

    @property
    def is_control(self) -> bool:
        """It marks the end of a transaction, and holds no records of anybody's."""
        return bool(self.attributes & CONTROL)

    @property
    def is_transactional(self) -> bool:
        """It is part of a transaction."""
        return bool(self.attributes & TRANSACTIONAL)

    def problem(self) -> str | None:
        """Why no record of it can be read; None where they can, each for itself."""
        if self.magic != MAGIC:
            return f"message format {self.magic} is not understood"
        if calc_crc32c(self.data[CRC_COVERS_FROM:]) != self.crc:
            return "its checksum (CRC-32C) does not match"
        kind = self.attributes & CODEC_MASK
        if kind and kind not in CODECS:
            return f"compression type {kind} is not known"
        if kind and not CODECS[kind][1]():
            return f"the library for {CODECS[kind][0]} compression is not installed"
        try:
            self._records()
        except Exception:  # noqa: BLE001 - whatever a decompressor raises about broken bytes
            return f"its {CODECS[kind][0]} compression is broken"
        return None

    def _records(self) -> bytes:
        compressed = self.data[HEADER.size :]
        kind = self.attributes & CODEC_MASK
        return bytes(CODECS[kind][2](compressed)) if kind else compressed

    def entries(self) -> Iterator[Entry]:
        """Its records, in order; one that cannot be read says why. Needs a batch of no problem."""
        data, position = self._records(), 0
        for number in range(self.count):
            try:
                length, start = _varint(data, position)
            except Unreadable:
                return
            if length < 0 or start + length > len(data):
                return
            position = start + length
            raw = data[start:position]
            try:
                yield self._entry(raw)
            except Unreadable as problem:
                # Without compaction there is a record for each offset of the batch.
                yield Entry(self.base_offset + number, -1, None, None, (), raw, str(problem))

    def _entry(self, raw: bytes) -> Entry:
        time_delta, at = _varint(raw, 1)
        offset_delta, at = _varint(raw, at)
        key, at = _bytes(raw, at)
        value, at = _bytes(raw, at)
        count, at = _varint(raw, at)
        if not 0 <= count <= MAX_HEADERS:
            raise Unreadable("its count of headers cannot be")
        headers: list[tuple[str, bytes]] = []
        for _ in range(count):
            name, at = _bytes(raw, at)
            content, at = _bytes(raw, at)
            # Kafka's clients write UTF-8 here, and nothing makes others do so.
            headers.append(((name or b"").decode(errors="backslashreplace"), content or b""))
        offset, timestamp = self.base_offset + offset_delta, self.first_timestamp + time_delta
        return Entry(offset, timestamp, key, value, tuple(headers), raw)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A zigzag varint (Protocol Buffers, "Signed Integers"), and where it ends."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Unreadable("it ends in the middle of a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7


def _bytes(data: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = _varint(data, at)
    if length < 0:
        return None, at
    if at + length > len(data):
        raise Unreadable("it ends in the middle of a field")
    return data[at : at + length], at + length
