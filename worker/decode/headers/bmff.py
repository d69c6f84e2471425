"""The tables of an MP4 or QuickTime file (ISO/IEC 14496-12, 8.6 and 8.7).

FFmpeg makes an index of all samples before it gives the first: of a few bytes that announce a
billion samples, some dozen gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.decode.headers.refusal import too_many
from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits
from worker.domain.failure import Poison, Reason

MEDIA_DATA = b"mdat"
CONTAINERS = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"ilst", b"moof", b"traf", b"mvex"}
)
MAX_DEPTH = 10
"""FFmpeg goes no deeper."""

MAX_BOXES = 100_000
"""FFmpeg takes 5 us for one. A fragmented file has a dozen for each fragment: four hours in
fragments of three seconds are 58,000."""

MAX_SAMPLES = 2_000_000
"""In one track: four hours at 139 frames a second. Only sound without compression has more, and
one size for all of its samples."""

MANY_SAMPLES = 100_000
GREATEST_LACK = 16
"""From so many of one size on, they must be there, but for fifteen parts of sixteen that a broken
upload may lack."""

MAX_EDITS = 1000
"""In one edit list. Cutting programs write some dozens; FFmpeg goes over the samples for each."""

TABLE = re.compile(rb"stsz|stz2|stts|ctts|stsc|stco|co64|stss|elst|trun|cmov|encv")

EDITS = b"elst"
RUN = b"trun"
MAX_RUN_FLAGS = 0xFFF
"""All that are defined (ISO/IEC 14496-12, 8.8.8)."""

COMPRESSED, METHOD = b"cmov", b"dcom"
ENCRYPTED, DESCRIPTIONS = b"encv", b"stsd"
"""Of Common Encryption (ISO/IEC 23001-7): the name in the place of the codec's."""


def check(data: Data, _: DecodeLimits) -> None:
    """Raises ``Poison`` for tables of more than a video has, and for what nobody can see."""
    samples = 0
    for begin, end in _Walk(data).outside_of_media_data():
        for found in TABLE.finditer(data, begin, end):
            samples += _check_table(data, found.group(), found.end(), end)
    if samples > MAX_SAMPLES:
        raise too_many("samples in fragments", MAX_SAMPLES)


class _Walk:
    """Through the boxes, which it counts."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._boxes = 0

    def outside_of_media_data(self) -> Iterator[tuple[int, int]]:
        """Where tables can stand."""
        begin = 0
        for kind, at, end in self._inside(0, len(self._data), 0):
            if kind == MEDIA_DATA:
                yield begin, at
                begin = end
        yield begin, len(self._data)

    def _inside(self, at: int, limit: int, depth: int) -> Iterator[tuple[bytes, int, int]]:
        """Type, begin and end of the boxes; those in containers are counted only."""
        data = self._data
        while at + 8 <= limit:
            self._boxes += 1
            if self._boxes > MAX_BOXES:
                raise too_many("boxes", MAX_BOXES)
            size, kind, head = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], 8
            if size == 1:
                size, head = int.from_bytes(data[at + 8 : at + 16]), 16
            end = min(limit, at + size) if size else limit
            if end < at + head:
                return
            if kind in CONTAINERS and depth < MAX_DEPTH:
                for _ in self._inside(at + head, end, depth + 1):
                    pass
            elif kind == b"meta" and depth < MAX_DEPTH:  # with a version, but not in QuickTime
                skipped = head + (4 if not int.from_bytes(data[at + head : at + head + 4]) else 0)
                for _ in self._inside(at + skipped, end, depth + 1):
                    pass
            if depth == 0:
                yield kind, at, end
            at = end


def _check_table(data: Data, kind: bytes, at: int, end: int) -> int:
    """``at`` is behind the box's type. Gives the number of a fragment's samples; raises ``Poison``.

    Version and flags come first, then what the kind has. Four letters that are no table's, but
    stand in some text, do not have them.
    """
    _check_readable(data, kind, at)
    version, flags = data[at : at + 1], int.from_bytes(data[at + 1 : at + 4])
    if kind in {COMPRESSED, ENCRYPTED} or version not in {b"\0", b"\1"} or at + 8 > end:
        return 0
    first, second = (int.from_bytes(data[at + n : at + n + 4]) for n in (4, 8))
    if kind == RUN:
        return first if flags <= MAX_RUN_FLAGS else 0
    if flags:
        return 0
    if kind == b"stsz" and first:
        # One size for all: sound without compression.
        if second > MANY_SAMPLES and first * second > GREATEST_LACK * len(data):
            raise Poison(
                Reason.MEDIA_OVER_BUDGET, "a track has more samples than the file has room for"
            )
    elif kind == EDITS and first > MAX_EDITS:
        raise too_many("edits", MAX_EDITS)
    elif (second if kind in {b"stsz", b"stz2"} else first) > MAX_SAMPLES:
        raise too_many("samples in a track", MAX_SAMPLES)
    return 0


def _check_readable(data: Data, kind: bytes, at: int) -> None:
    """Raises ``Poison`` for what nobody can see, or should not unpack."""
    if kind == COMPRESSED and data[at + 4 : at + 8] == METHOD:
        # QuickTime File Format, "Compressed movie resources": up to 65,536 times its own size.
        raise Poison(Reason.MEDIA_UNSUPPORTED, "the file's header is compressed")
    if kind == ENCRYPTED and data[at - 20 : at - 16] == DESCRIPTIONS:
        raise Poison(Reason.MEDIA_UNSUPPORTED, "the video is encrypted")
