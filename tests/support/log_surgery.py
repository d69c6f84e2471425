"""Damage to a broker's log, done to its segment file under its hands."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from kafka.record.util import calc_crc32c

from worker.stream.kafka.record_batch import CRC_COVERS_FROM, HEADER, RecordBatch

CRC_AT = 17
"""Where in a batch its checksum stands."""
ATTRIBUTES_AT = 21


def with_new_crc(batch: bytearray) -> None:
    """Make a changed batch one that its checksum fits."""
    crc = calc_crc32c(bytes(batch[CRC_COVERS_FROM:]))
    batch[CRC_AT : CRC_AT + 4] = crc.to_bytes(4, "big")


def break_checksum(batch: bytearray) -> None:
    """A flipped bit, as by a bad disk."""
    batch[-1] ^= 0x01


def set_unknown_codec(batch: bytearray) -> None:
    """Compression of a kind that is not invented yet."""
    batch[ATTRIBUTES_AT + 1] |= 5
    with_new_crc(batch)


def break_header_name(batch: bytearray) -> None:
    """A header's name ``name`` that is not UTF-8."""
    at = batch.index(b"name")
    batch[at : at + 4] = b"\xff\xfe\xfd\xfc"
    with_new_crc(batch)


def break_record(batch: bytearray) -> None:
    """A record that says it has a key of 60 bytes, and has not."""
    at = HEADER.size + batch[HEADER.size :].index(b"\x01") if b"\x01" in batch[HEADER.size :] else 0
    assert at, "no record without a key is in the batch"
    batch[at] = 120  # zigzag of 60
    with_new_crc(batch)


def operate(
    logs: Path, topic: str, marker: bytes, change: Callable[[bytearray], None], partition: int = 0
) -> tuple[int, int]:
    """Change the batch that holds ``marker``, in place; its first and last offset.

    The broker serves the file as it is: no restart is needed.
    """
    folder = logs / f"{topic}-{partition}"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for segment in sorted(folder.glob("*.log")):
            data = segment.read_bytes()
            position = 0
            while position < len(data) and data[position + 8 : position + 12] != b"\0\0\0\0":
                batch = RecordBatch.first_of(data[position:])
                if marker in batch.data:
                    changed = bytearray(batch.data)
                    change(changed)
                    with segment.open("r+b") as file:
                        file.seek(position)
                        file.write(changed)
                    return batch.base_offset, batch.last_offset
                position += len(batch.data)
        time.sleep(0.1)
    raise AssertionError(f"{marker!r} is not in {folder}")
