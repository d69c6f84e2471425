"""The segments of a JPEG (ITU-T T.81, annex B)."""

from __future__ import annotations

import re

from worker.decode.headers.refusal import too_many
from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits

END = 0xD9
SCAN = 0xDA
FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Markers of the header that tells the size."""

MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends a scan's data: a marker that is neither a stuffed byte nor a restart."""

MAX_SEGMENTS = 20_000
"""A segment has 64 KiB at most, so the largest file that has a sound reason for many, one with a
long C2PA manifest, has some thousands. Pillow takes 5 us for one."""

MAX_SCANS = 500
"""libjpeg-turbo's own fuzzing stops there. Encoders make up to 20 or so."""

MAX_SCANNED_PIXELS = 5_000_000_000
"""Scans times pixels: in a progressive file each scan goes over all of the picture again, even
where it has next to no data, at some 1,000 million pixels a second."""


def check(data: Data, _: DecodeLimits) -> None:
    """Raises ``Poison`` for one of too many segments, or scans."""
    at = 2
    scans = 0
    pixels = 0
    for _segment in range(MAX_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] == END:
            return
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker in FRAMES:
            height, width = (int.from_bytes(data[at + n : at + n + 2]) for n in (5, 7))
            pixels = max(pixels, height * width)
        elif marker == SCAN:
            scans += 1
            if scans > MAX_SCANS or scans * pixels > MAX_SCANNED_PIXELS:
                raise too_many("scans", min(MAX_SCANS, MAX_SCANNED_PIXELS // max(1, pixels)))
            found = MARKER.search(data, end)
            if found is None:
                return
            end = found.start()
        at = end
    raise too_many("segments", MAX_SEGMENTS)
