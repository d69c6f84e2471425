"""Seeded mutations of media files: of bits and bytes, and of what containers are made of."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Mutation = Callable[[bytearray, random.Random], None]

EDGES = (0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Numbers at which lengths and counts go wrong."""

FIELD = 4
"""Bytes of a length or count in nearly all of these formats."""

BOXES = (
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"stts", b"stsc", b"stsz", b"stco"),
    *(b"ctts", b"stss", b"edts", b"elst", b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"mdat", b"ftyp"),
    *(b"meta", b"iloc", b"iinf", b"iprp", b"ipco", b"ispe", b"av1C", b"hvcC", b"avcC", b"pitm"),
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"iCCP", b"eXIf", b"VP8 ", b"VP8L", b"VP8X", b"ANIM"),
    *(
        b"ANMF",
        b"\xff\xc0",
        b"\xff\xc4",
        b"\xff\xda",
        b"\xff\xdb",
        b"\xff\xe1",
        b"\x16\x54\xae\x6b",
    ),
    *(b"\x1f\x43\xb6\x75", b"\x1c\x53\xbb\x6b", b"\xec", b"\xe7"),
)
"""Names of boxes, chunks, segments and elements; the numbers around them rule a parser."""


def flip_bits(data: bytearray, rng: random.Random) -> None:
    """Up to 16 single bits anywhere."""
    for _ in range(rng.randint(1, 16)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def flip_early(data: bytearray, rng: random.Random) -> None:
    """Bytes of the first kilobyte, where headers stand."""
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(min(len(data), 1024))] = rng.randrange(256)


def overwrite(data: bytearray, rng: random.Random) -> None:
    """A run of one byte, or of noise."""
    at = rng.randrange(len(data))
    length = min(len(data) - at, rng.randint(1, 256))
    fill = bytes([rng.choice((0, 0xFF, 0x41))]) * length
    data[at : at + length] = fill if rng.random() < 0.5 else rng.randbytes(length)


def cut_off(data: bytearray, rng: random.Random) -> None:
    """The end is missing."""
    del data[rng.randrange(len(data)) :]


def cut_out(data: bytearray, rng: random.Random) -> None:
    """A piece is missing, and all behind it has moved."""
    at = rng.randrange(len(data))
    del data[at : at + rng.randint(1, 512)]


def swap(data: bytearray, rng: random.Random) -> None:
    """Two pieces in each other's place."""
    length = rng.randint(1, max(1, len(data) // 8))
    a, b = (rng.randrange(max(1, len(data) - length)) for _ in range(2))
    data[a : a + length], data[b : b + length] = data[b : b + length], data[a : a + length]


def double(data: bytearray, rng: random.Random) -> None:
    """A piece twice, or up to 64 times."""
    at = rng.randrange(len(data))
    piece = bytes(data[at : at + rng.randint(1, 1024)])
    data[at:at] = piece * rng.choice((1, 1, 2, 64))


def edit_number(data: bytearray, rng: random.Random) -> None:
    """Four bytes anywhere become a number at an edge, in either order."""
    if len(data) <= FIELD:
        return
    at = rng.randrange(len(data) - FIELD)
    number = rng.choice(EDGES)
    little = rng.random() < 0.5
    data[at : at + FIELD] = number.to_bytes(FIELD, "little" if little else "big")


def edit_box(data: bytearray, rng: random.Random) -> None:
    """A number before or inside of a box that is there: its size, its count, its first fields."""
    places = [at for name in BOXES if (at := data.find(name)) >= 0]
    if not places:
        return edit_number(data, rng)
    at = rng.choice(places) + rng.choice((-4, 4, 8, 12, 16, 20, 24))
    if 0 <= at <= len(data) - FIELD:
        number = rng.choice(
            (*EDGES, int.from_bytes(data[at : at + FIELD]) + rng.choice((-1, 1, 8)))
        )
        data[at : at + FIELD] = (number & 0xFFFFFFFF).to_bytes(FIELD)
    return None


def rename_box(data: bytearray, rng: random.Random) -> None:
    """A box becomes another one of the same length of name."""
    places = [(at, name) for name in BOXES if (at := data.find(name)) >= 0]
    if places:
        at, name = rng.choice(places)
        other = rng.choice([box for box in BOXES if len(box) == len(name)])
        data[at : at + len(name)] = other


MUTATIONS: Sequence[Mutation] = (
    flip_bits,
    flip_early,
    overwrite,
    cut_off,
    cut_out,
    swap,
    double,
    edit_number,
    edit_box,
    edit_box,
    rename_box,
)

SPLICED = 0.08
"""Part of the files whose begin is of one and whose end is of another."""

LARGEST = 1 << 20
"""Bytes of a mutated file: doubling must not make the run one of large files."""


def mutated(sources: Sequence[bytes], rng: random.Random) -> bytes:
    """One of the sources, changed in one to four ways."""
    data = bytearray(rng.choice(sources))
    if rng.random() < SPLICED:
        other = rng.choice(sources)
        data = data[: rng.randrange(1, len(data))] + other[rng.randrange(len(other)) :]
    for _ in range(rng.choice((1, 1, 2, 4))):
        if data:
            rng.choice(MUTATIONS)(data, rng)
    return bytes(data[:LARGEST]) or b"\0"  # an empty file comes to no decoder
