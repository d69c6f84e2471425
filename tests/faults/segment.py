"""A partition's log as its brokers have it on disk, damaged in place.

Brokers check a batch when it comes and when they recover after a crash, not when they hand it out:
bytes that go bad on disk reach the consumers as they are. The page cache is one for all processes,
so a running broker gives out what is written here.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import crc32c

from tests.faults.cluster import Cluster

FRAME = struct.Struct(">qi")
"""Base offset, and how many bytes follow."""

CRC_AT, ATTRIBUTES_AT, COUNT_AT = 17, 21, 57
"""In the record batch of message format v2 (Kafka's documentation, 5.3.1)."""

CODEC_MASK = 0x07
UNKNOWN_CODEC = 5
"""zstd, 4, is the last one there is."""

Damage = Callable[[bytes], bytes]
"""From a batch to a broken one of the same length."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Where one stands in a file."""

    at: int
    data: bytes

    @property
    def base_offset(self) -> int:
        """Of its first record."""
        return int(FRAME.unpack_from(self.data)[0])

    @property
    def count(self) -> int:
        """Of its records."""
        return int(struct.unpack_from(">i", self.data, COUNT_AT)[0])


def damage_last_batch(cluster: Cluster, topic: str, partition: int, damage: Damage) -> Batch:
    """Break the newest batch of a partition in all its replicas. As it then is."""
    broken: set[bytes] = set()
    for broker in cluster.brokers:
        (file,) = (broker.logs / f"{topic}-{partition}").glob("*.log")
        *_, last = _batches(file)
        changed = Batch(last.at, damage(last.data))
        assert len(changed.data) == len(last.data)
        with file.open("r+b") as log:
            os.pwrite(log.fileno(), changed.data, last.at)
        broken.add(changed.data)
    assert len(broken) == 1, "the replicas differ"
    return changed


def _batches(file: Path) -> Iterator[Batch]:
    data = file.read_bytes()
    at = 0
    while at + FRAME.size < len(data):
        _, length = FRAME.unpack_from(data, at)
        if not length:
            return  # set aside for what is to come
        size = FRAME.size + int(length)
        yield Batch(at, data[at : at + size])
        at += size


def _with_checksum(batch: bytearray) -> bytes:
    struct.pack_into(">I", batch, CRC_AT, crc32c.crc32c(bytes(batch[ATTRIBUTES_AT:])))
    return bytes(batch)


def broken_checksum(data: bytes) -> bytes:
    """A bit of the last record turned."""
    return data[:-1] + bytes([data[-1] ^ 1])


def unknown_codec(data: bytes) -> bytes:
    """Packed by a compression that no client has; the checksum is right."""
    batch = bytearray(data)
    batch[ATTRIBUTES_AT + 1] = batch[ATTRIBUTES_AT + 1] & ~CODEC_MASK | UNKNOWN_CODEC
    return _with_checksum(batch)


def broken_compression(data: bytes) -> bytes:
    """The packed bytes overwritten in the middle; the checksum is right."""
    batch, records = bytearray(data), COUNT_AT + 4
    middle = records + (len(batch) - records) // 2
    batch[middle : middle + 64] = b"\xff" * len(batch[middle : middle + 64])
    return _with_checksum(batch)


def renamed_header(name: bytes, to: bytes) -> Damage:
    """A header's name changed to other bytes, such as some that are no UTF-8."""
    assert len(name) == len(to)

    def damage(data: bytes) -> bytes:
        assert name in data
        return _with_checksum(bytearray(data.replace(name, to)))

    return damage
