"""The first directory of a TIFF (TIFF 6.0, section 2)."""

from __future__ import annotations

import struct

from worker.decode.headers.refusal import too_many
from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits

LITTLE_ENDIAN = b"II"
ENTRY = 12

STRIP_OFFSETS, TILE_OFFSETS = 273, 324

MAX_PIECES = 200_000
"""Strips or tiles. Pillow takes 12 us for one. The most that an honest file has is a strip for each
row and colour: 120,000 for CMYK of 30,000 rows."""


def check(data: Data, _: DecodeLimits) -> None:
    """Raises ``Poison`` for a picture in too many pieces."""
    order = "<" if data[:2] == LITTLE_ENDIAN else ">"
    if len(data) < 8:
        return
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    if at + 2 > len(data):
        return
    (entries,) = struct.unpack_from(f"{order}H", data, at)
    for begin in range(at + 2, min(at + 2 + ENTRY * entries, len(data) - ENTRY + 1), ENTRY):
        tag, _kind, count = struct.unpack_from(f"{order}HHI", data, begin)
        if tag in {STRIP_OFFSETS, TILE_OFFSETS} and count > MAX_PIECES:
            raise too_many("strips or tiles", MAX_PIECES)
