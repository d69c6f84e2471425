"""The chunks of a PNG (W3C PNG, third edition, 5.3)."""

from __future__ import annotations

from worker.decode.headers.refusal import too_many
from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits

SIGNATURE = 8
AROUND = 12
"""Bytes of a chunk's length, type and checksum."""

MAX_CHUNKS = 100_000
"""Pillow takes 7 us for one. Encoders put 8 kB of image data into each: a picture of 100 million
pixels has some 40,000."""


def check(data: Data, _: DecodeLimits) -> None:
    """Raises ``Poison`` for one of too many chunks."""
    at = SIGNATURE
    for _chunk in range(MAX_CHUNKS):
        if at + AROUND > len(data):
            return
        at += AROUND + int.from_bytes(data[at : at + 4])
    raise too_many("chunks", MAX_CHUNKS)
