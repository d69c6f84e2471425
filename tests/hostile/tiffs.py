"""TIFFs: tables without end, directories in a circle, and kinds of pixels that few have seen."""

from __future__ import annotations

import struct

import numpy as np
from PIL import Image

from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, UNSUPPORTED, Case
from tests.hostile.formats import tiff
from tests.support.media import encode, pixels

SIDE = 100


def _grey(*entries: tiff.Entry, following: int = 0, after: bytes = bytes(SIDE * SIDE)) -> bytes:
    return tiff.tiff(*tiff.grey(SIDE, SIDE), *entries, following=following, after=after)


def _one_strip(
    begin: int, *more: tiff.Entry, nbytes: int = SIDE * SIDE, following: int = 0
) -> bytes:
    return _grey(
        tiff.Entry(tiff.STRIP_OFFSETS, tiff.LONG, 1, begin),
        tiff.Entry(tiff.ROWS_PER_STRIP, tiff.LONG, 1, SIDE),
        tiff.Entry(tiff.STRIP_BYTES, tiff.LONG, 1, nbytes),
        *more,
        following=following,
    )


def _strips(count: int) -> bytes:
    """A table of strips that all begin at the same place; as long as it says."""
    begin = tiff.size_of(9)
    return _grey(
        tiff.Entry(tiff.STRIP_OFFSETS, tiff.LONG, count, begin),
        tiff.Entry(tiff.ROWS_PER_STRIP, tiff.LONG, 1, 1),
        tiff.Entry(tiff.STRIP_BYTES, tiff.LONG, count, begin),
        after=struct.pack("<I", begin) * count,
    )


def _tiles(count: int, side: int = 16) -> bytes:
    """A table of tiles, likewise."""
    begin = tiff.size_of(10)
    return _grey(
        tiff.Entry(tiff.TILE_WIDTH, tiff.LONG, 1, side),
        tiff.Entry(tiff.TILE_HEIGHT, tiff.LONG, 1, side),
        tiff.Entry(tiff.TILE_OFFSETS, tiff.LONG, count, begin),
        tiff.Entry(tiff.TILE_BYTES, tiff.LONG, count, begin),
        after=struct.pack("<I", begin) * count,
    )


def _many_directories() -> bytes:
    """50,000 directories, one after another."""
    at = tiff.size_of(9) + SIDE * SIDE
    one = len(tiff.directory(tiff.Entry(tiff.WIDTH, tiff.LONG, 1, 9)))
    chain = b"".join(
        tiff.directory(tiff.Entry(tiff.WIDTH, tiff.LONG, 1, 9), following=at + one * (number + 1))
        for number in range(50_000)
    )
    return _one_strip(tiff.size_of(9), following=at) + chain


def _entries_that_overlap() -> bytes:
    count = 30_000
    begin = tiff.size_of(count)
    named = [tiff.Entry(1000 + number, tiff.UNDEFINED, 500_000, begin) for number in range(count)]
    return tiff.tiff(*named, after=bytes(500_000))


def _float(*values: float) -> bytes:
    array = np.resize(np.array(values, np.float32), (SIDE, SIDE))
    return encode(Image.fromarray(array), "TIFF")


def _packed(scheme: str, mode: str = "RGB") -> bytes:
    return encode(Image.fromarray(pixels(0.5)).convert(mode), "TIFF", compression=scheme)


def _scheme(number: int) -> bytes:
    """Says that its bytes are packed in this way."""
    data = _one_strip(tiff.size_of(9))
    at = data.index(struct.pack("<HHI", tiff.COMPRESSION, tiff.SHORT, 1)) + 8
    return data[:at] + struct.pack("<H", number) + data[at + 2 :]


def _depth(bits: int) -> bytes:
    data = _one_strip(tiff.size_of(9))
    at = data.index(struct.pack("<HHI", tiff.BITS, tiff.SHORT, 1)) + 8
    return data[:at] + struct.pack("<H", bits) + data[at + 2 :]


STRIP = tiff.size_of(9)

CASES = (
    Case("tiff: the next directory is the first", lambda: _one_strip(STRIP, following=8), ANSWERED),
    Case(
        "tiff: its sub-directory is itself",
        lambda: _one_strip(tiff.size_of(10), tiff.Entry(tiff.SUB_IFDS, tiff.LONG, 1, 8)),
        ANSWERED,
    ),
    Case("tiff: 50,000 directories", _many_directories, ANSWERED),
    Case(
        "tiff: the first directory is beyond the end",
        lambda: b"II*\0\xff\xff\xff\x7f" + bytes(99),
        UNDECODABLE,
    ),
    Case(
        "tiff: 65,535 entries that are not there",
        lambda: b"II*\0\x08\0\0\0\xff\xff" + bytes(99),
        UNDECODABLE,
    ),
    Case("tiff: entries that overlap", _entries_that_overlap, UNDECODABLE),
    Case("tiff: 20,000 strips", lambda: _strips(20_000), ANSWERED),
    Case("tiff: a million strips", lambda: _strips(1_000_000), OVER_BUDGET),
    Case("tiff: a million tiles", lambda: _tiles(1_000_000), OVER_BUDGET),
    Case("tiff: tiles of 60,000 x 60,000", lambda: _tiles(1, 60_000), UNDECODABLE),
    Case("tiff: tiles of no size", lambda: _tiles(1, 0), UNDECODABLE),
    Case("tiff: a strip beyond the end", lambda: _one_strip(2**31), UNDECODABLE),
    Case("tiff: a strip of 4 GB", lambda: _one_strip(STRIP, nbytes=2**32 - 1), ANSWERED),
    Case(
        "tiff: NaN and infinity",
        lambda: _float(float("nan"), float("inf"), -float("inf"), 9.0),
        ANSWERED,
    ),
    Case("tiff: 64 bits a sample", lambda: _depth(64), UNDECODABLE),
    Case("tiff: 0 bits a sample", lambda: _depth(0), UNDECODABLE),
    Case("tiff: an unknown scheme", lambda: _scheme(4242), UNDECODABLE),
    Case("tiff: says LZW of what is not", lambda: _scheme(5), UNDECODABLE),
    Case("tiff: says JPEG of what is not", lambda: _scheme(7), UNDECODABLE),
    Case("tiff: says a fax of what is not", lambda: _scheme(4), UNDECODABLE),
    Case("tiff: a JPEG in it", lambda: _packed("jpeg"), ANSWERED),
    Case("tiff: LZW", lambda: _packed("tiff_lzw"), ANSWERED),
    Case("tiff: Lab", lambda: _packed("raw", "LAB"), ANSWERED),
    Case(
        "tiff: BigTIFF", lambda: encode(Image.new("L", (9, 9)), "TIFF", big_tiff=True), UNSUPPORTED
    ),
)
