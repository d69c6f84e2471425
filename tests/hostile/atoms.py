"""Boxes of MP4 and QuickTime: in one another, of no length, of too much, and tables of billions."""

from __future__ import annotations

import struct
import zlib

from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, UNSUPPORTED, Case
from tests.hostile.formats import bmff
from tests.hostile.samples import clip

BILLION = 1_000_000_000


def _table(kind: bytes, *parts: bytes) -> bytes:
    return bmff.replaced(clip(), kind, bmff.full(kind, *parts))


def _number(value: int, *more: int) -> bytes:
    return struct.pack(f">{1 + len(more)}I", value, *more)


def _samples(size: int, count: int, *, times: bool = True) -> bytes:
    """All of one size, so that the table needs no room; and all in one chunk, of one duration."""
    data = _table(b"stsz", _number(size, count))
    data = bmff.replaced(data, b"stsc", bmff.full(b"stsc", _number(1, 1, count, 1)))
    if times:
        data = bmff.replaced(data, b"stts", bmff.full(b"stts", _number(1, count, 1)))
    return data


def _sizes(count: int) -> bytes:
    """A table with room for as many samples as it says, each of one byte."""
    table = bmff.full(b"stsz", _number(0, count), _number(1) * count)
    return bmff.replaced(_samples(1, count), b"stsz", table)


def _nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = bmff.box(b"moov", inner)
    return bmff.file_type() + inner


def _moov_in_moov() -> bytes:
    begin, end = bmff.find(clip(), b"moov")
    moov = clip()[begin:end]
    return clip()[:begin] + bmff.box(b"moov", moov[8:], moov)


def _two_moov() -> bytes:
    begin, end = bmff.find(clip(), b"moov")
    return clip() + clip()[begin:end]


def _tracks(count: int) -> bytes:
    begin, end = bmff.find(clip(), b"trak")
    track = clip()[begin:end]
    return bmff.replaced(clip(), b"trak", track * count)


def _compressed_header() -> bytes:
    """QuickTime's ``cmov``: zlib, of 64 MiB."""
    packed = zlib.compress(bytes(64 << 20), 9)
    cmov = bmff.box(
        b"cmov",
        bmff.box(b"dcom", b"zlib"),
        bmff.box(b"cmvd", struct.pack(">I", 64 << 20), packed),
    )
    return bmff.file_type(b"qt  ") + bmff.box(b"moov", cmov)


def _top(size: bytes) -> bytes:
    """A box of another size before what matters."""
    begin, _ = bmff.find(clip(), b"mdat")
    return clip()[:begin] + size + b"free" + clip()[begin:]


def _large_boxes() -> bytes:
    """The movie header in a box with a size of 64 bits, as it may be."""
    begin, end = bmff.find(clip(), b"moov")
    return clip()[:begin] + bmff.large(b"moov", clip()[begin + 8 : end])


def _large_box_of(size: int) -> bytes:
    begin, end = bmff.find(clip(), b"moov")
    return clip()[:begin] + bmff.large(b"moov", clip()[begin + 8 : end], size=size)


def _boxes_without_end(count: int) -> bytes:
    return clip() + bmff.box(b"free") * count


def _atoms_in_moov(count: int) -> bytes:
    begin, end = bmff.find(clip(), b"moov")
    return clip()[:begin] + bmff.box(b"moov", bmff.box(b"xxxx") * count, clip()[begin + 8 : end])


def _fragments(samples: int) -> bytes:
    """A fragment whose run announces samples, all of the default size, that are not there."""
    defaults = bmff.full(b"tfhd", _number(1, 1, 10), flags=0x18)
    run = bmff.full(b"trun", _number(samples))
    moof = bmff.box(b"moof", bmff.full(b"mfhd", _number(1)), bmff.box(b"traf", defaults, run))
    extends = bmff.box(b"mvex", bmff.full(b"trex", _number(1, 1, 1, 10, 0)))
    begin, end = bmff.find(clip(), b"moov")
    return clip()[:begin] + bmff.box(b"moov", clip()[begin + 8 : end], extends) + moof * 3


def _edits(count: int, duration: int = 1, at: int = 0) -> bytes:
    entry = struct.pack(">Iihh", duration, at, 1, 0)
    return _table(b"elst", _number(count), entry * min(count, 100_000))


def _matrix(values: tuple[int, ...]) -> bytes:
    return bmff.patched(clip(), b"tkhd", 48, struct.pack(">9i", *values))


def _timescale(value: int) -> bytes:
    return bmff.patched(clip(), b"mdhd", 20, struct.pack(">I", value))


def _duration(value: int) -> bytes:
    data = bmff.patched(clip(), b"mdhd", 24, struct.pack(">I", value))
    return bmff.patched(data, b"mvhd", 24, struct.pack(">I", value))


def _encrypted() -> bytes:
    """Common Encryption (ISO/IEC 23001-7): the sample entry is ``encv``, the key elsewhere."""
    data = clip()
    begin, end = bmff.find(data, b"stsd")
    entry = data[begin + 16 : end]
    scheme = bmff.full(b"schm", b"cenc", struct.pack(">I", 0x10000))
    key = bmff.full(b"tenc", bytes([0, 0, 1, 8]), bytes(range(16)))
    protection = bmff.box(b"sinf", bmff.box(b"frma", b"avc1"), scheme, bmff.box(b"schi", key))
    protected = bmff.box(b"encv", entry[8:], protection)
    return bmff.replaced(data, b"stsd", bmff.full(b"stsd", _number(1), protected))


def _codec(kind: bytes) -> bytes:
    return clip().replace(b"avc1", kind)


def _descriptions(count: int) -> bytes:
    data = clip()
    begin, end = bmff.find(data, b"stsd")
    entry = data[begin + 16 : end]
    return bmff.replaced(
        data, b"stsd", bmff.full(b"stsd", _number(count), entry * min(count, 2000))
    )


def _extradata() -> bytes:
    """Parameter sets of 255 times nothing."""
    data = clip()
    at = data.index(b"avcC") + 4
    return data[: at + 5] + b"\xff" + data[at + 6 :]


CASES = (
    Case("mp4: 300,000 sizes of one byte", lambda: _sizes(300_000), OVER_BUDGET, most_mib=200),
    Case(
        "mp4: 300,000 sizes of one byte, no edits",
        lambda: _sizes(300_000).replace(b"elst", b"free", 1),
        UNDECODABLE,
        most_mib=200,
    ),
    Case("mp4: 3,000,000 sizes of one byte", lambda: _sizes(3_000_000), OVER_BUDGET),
    Case("mp4: 900 edits of a moment", lambda: _edits(900), OVER_BUDGET),
    Case("mp4: a billion samples of one byte", lambda: _samples(1, BILLION), OVER_BUDGET),
    Case("mp4: 4,294,967,295 samples", lambda: _samples(1, 2**32 - 1), OVER_BUDGET),
    Case("mp4: 4,294,967,295 samples of 4 GB", lambda: _samples(2**32 - 1, 2**32 - 1), OVER_BUDGET),
    Case(
        "mp4: 3,900,000 samples of one byte",
        lambda: _samples(1, 3_900_000),
        OVER_BUDGET,
        most_mib=500,
    ),
    Case(
        "mp4: a billion sizes, none there",
        lambda: _table(b"stsz", _number(0, BILLION)),
        OVER_BUDGET,
    ),
    Case("mp4: a billion times", lambda: _table(b"stts", _number(BILLION)), OVER_BUDGET),
    Case(
        "mp4: one time, a billion samples long",
        lambda: _table(b"stts", _number(1, BILLION, 1)),
        ANSWERED,
    ),
    Case(
        "mp4: a duration of 0 for each sample", lambda: _table(b"stts", _number(1, 12, 0)), ANSWERED
    ),
    Case(
        "mp4: a duration of 4,294,967,295",
        lambda: _table(b"stts", _number(1, 12, 2**32 - 1)),
        ANSWERED,
    ),
    Case("mp4: no times", lambda: _table(b"stts", _number(0)), UNDECODABLE),
    Case(
        "mp4: a billion offsets of time",
        lambda: _table(b"ctts", _number(BILLION, 1, 1)),
        OVER_BUDGET,
    ),
    Case(
        "mp4: one offset of time for a billion",
        lambda: _table(b"ctts", _number(1, BILLION, 1)),
        ANSWERED,
    ),
    Case("mp4: a billion chunks", lambda: _table(b"stco", _number(BILLION)), OVER_BUDGET),
    Case(
        "mp4: a billion samples in its chunk",
        lambda: _table(b"stsc", _number(1, 1, BILLION, 1)),
        ANSWERED,
    ),
    Case("mp4: no samples in its chunks", lambda: _table(b"stsc", _number(1, 1, 0, 1)), ANSWERED),
    Case("mp4: a chunk beyond the end", lambda: _table(b"stco", _number(1, 2**31)), UNDECODABLE),
    Case("mp4: no samples", lambda: _table(b"stsz", _number(0, 0)), UNDECODABLE),
    Case("mp4: a key frame that is not there", lambda: _table(b"stss", _number(1, 999)), ANSWERED),
    Case("mp4: moov in moov, 9 deep", lambda: _nested(9), UNDECODABLE),
    Case("mp4: moov in moov, 10,000 deep", lambda: _nested(10_000), UNDECODABLE),
    Case("mp4: moov in moov, whole", _moov_in_moov, ANSWERED),
    Case("mp4: two moov", _two_moov, ANSWERED),
    Case("mp4: 16 tracks", lambda: _tracks(16), ANSWERED),
    Case("mp4: 2,000 tracks", lambda: _tracks(2_000), OVER_BUDGET),
    Case("mov: a compressed header", _compressed_header, UNSUPPORTED),
    Case("mp4: a box of no length", lambda: _top(bytes(4)), UNDECODABLE),
    Case("mp4: a box of 4 bytes", lambda: _top(b"\0\0\0\4"), UNDECODABLE),
    Case("mp4: a box of 4 GB", lambda: _top(b"\xff\xff\xff\xff"), UNDECODABLE),
    Case("mp4: a box of 64 bits", _large_boxes, ANSWERED),
    Case("mp4: a box of 2^64 - 1 bytes", lambda: _large_box_of(2**64 - 1), UNDECODABLE),
    Case("mp4: a box of a negative size", lambda: _large_box_of(2**63), ANSWERED),
    Case("mp4: a box of 64 bits, of no length", lambda: _large_box_of(0), UNDECODABLE),
    Case("mp4: 9,000 empty boxes", lambda: _boxes_without_end(9_000), ANSWERED),
    Case("mp4: a million empty boxes", lambda: _boxes_without_end(1_000_000), OVER_BUDGET),
    Case("mp4: a million empty boxes in moov", lambda: _atoms_in_moov(1_000_000), OVER_BUDGET),
    Case("mp4: fragments of 16 million samples", lambda: _fragments(16_000_000), OVER_BUDGET),
    Case("mp4: fragments of a billion samples", lambda: _fragments(BILLION), OVER_BUDGET),
    Case("mp4: 100,000 edits", lambda: _edits(100_000), OVER_BUDGET),
    Case("mp4: a billion edits", lambda: _edits(BILLION), OVER_BUDGET),
    Case("mp4: an edit that begins beyond the end", lambda: _edits(1, 1000, 10**9), UNDECODABLE),
    Case("mp4: an edit of no length", lambda: _edits(1, 0, 0), UNDECODABLE),
    Case("mp4: a matrix of zeros", lambda: _matrix((0,) * 9), ANSWERED),
    Case("mp4: a matrix of extremes", lambda: _matrix((2**31 - 1, -(2**31)) * 4 + (1,)), ANSWERED),
    Case("mp4: a mirror", lambda: _matrix((-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)), ANSWERED),
    Case("mp4: 0 ticks a second", lambda: _timescale(0), ANSWERED),
    Case("mp4: 4,294,967,295 ticks a second", lambda: _timescale(2**32 - 1), ANSWERED),
    Case("mp4: a duration of 0", lambda: _duration(0), ANSWERED),
    Case("mp4: a movie of 4,294,967,295 ticks", lambda: _duration(2**32 - 1), ANSWERED),
    Case("mp4: encrypted", _encrypted, UNSUPPORTED),
    Case("mp4: a codec of no name", lambda: _codec(b"xxxx"), UNSUPPORTED),
    Case("mp4: JPEG 2000 in it", lambda: _codec(b"mjp2"), UNSUPPORTED),
    Case("mp4: PNG in it", lambda: _codec(b"png "), UNSUPPORTED),
    Case("mp4: says AV1 of what is H.264", lambda: _codec(b"av01"), UNDECODABLE),
    Case("mp4: 2,000 descriptions", lambda: _descriptions(2_000), UNDECODABLE),
    Case("mp4: a billion descriptions", lambda: _descriptions(BILLION), UNDECODABLE),
    Case("mp4: parameter sets that are not there", _extradata, UNDECODABLE),
)
