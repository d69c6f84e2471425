"""AVIF and HEIF: items, properties and grids that are not what they say (ISO/IEC 23008-12)."""

from __future__ import annotations

import struct

from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, Case
from tests.hostile.formats import bmff
from tests.hostile.samples import HEIGHT, WIDTH, picture


def _grid(form: str, rows: int, columns: int, width: int, height: int, tiles: int = 1) -> bytes:
    """A picture made of tiles, all of them the same one: ``rows`` x ``columns`` in the grid."""
    data = picture(form)
    coded = b"av01" if form == "AVIF" else b"hvc1"
    configuration = _box(data, b"av1C" if form == "AVIF" else b"hvcC")
    begin, end = bmff.find(data, b"mdat")
    body = data[begin + 8 : end]
    large = max(width, height) > 65_535
    size = struct.pack(">II" if large else ">HH", width, height)
    layout = bytes([0, int(large), rows - 1, columns - 1]) + size
    return _file(form, coded, configuration, body, layout, (width, height), tiles)


def _file(
    form: str,
    coded: bytes,
    configuration: bytes,
    body: bytes,
    layout: bytes,
    size: tuple[int, int],
    tiles: int,
) -> bytes:
    brand = b"avif" if form == "AVIF" else b"heic"
    infos = [_info(1, b"grid"), *(_info(2 + number, coded) for number in range(tiles))]
    properties = bmff.box(
        b"ipco",
        bmff.full(b"ispe", struct.pack(">II", *size)),
        bmff.full(b"ispe", struct.pack(">II", WIDTH, HEIGHT)),
        configuration,
        bmff.full(b"pixi", bytes([3, 8, 8, 8])),
    )
    associations = [struct.pack(">HB", 1, 2) + bytes([1, 4])]
    associations += [struct.pack(">HB", 2 + n, 3) + bytes([2, 0x83, 4]) for n in range(tiles)]
    ipma = bmff.full(b"ipma", struct.pack(">I", len(associations)), *associations)
    references = struct.pack(">HH", 1, tiles) + b"".join(
        struct.pack(">H", 2 + n) for n in range(tiles)
    )
    at = 0
    for _ in range(2):  # the second time its own length is known
        places = [
            (1, at, len(layout)),
            *((2 + n, at + len(layout), len(body)) for n in range(tiles)),
        ]
        located = b"".join(
            struct.pack(">HHHII", number, 0, 1, place, size_) for number, place, size_ in places
        )
        meta = bmff.full(
            b"meta",
            bmff.full(b"hdlr", bytes(4), b"pict", bytes(13)),
            bmff.full(b"pitm", struct.pack(">H", 1)),
            bmff.full(b"iloc", bytes([0x44, 0]), struct.pack(">H", len(places)), located),
            bmff.full(b"iinf", struct.pack(">H", len(infos)), *infos),
            bmff.full(b"iref", bmff.box(b"dimg", references)),
            bmff.box(b"iprp", properties, ipma),
        )
        head = bmff.box(b"ftyp", brand, bytes(4), b"mif1", brand)
        at = len(head) + len(meta) + 8
    return head + meta + bmff.box(b"mdat", layout, body)


def _info(number: int, kind: bytes) -> bytes:
    return bmff.full(b"infe", struct.pack(">HH", number, 0), kind, b"\0", version=2)


def _box(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind) - 4
    return data[at : at + int.from_bytes(data[at : at + 4])]


def _primary(form: str, number: int) -> bytes:
    data = picture(form)
    at = data.index(b"pitm") + 8
    return data[:at] + struct.pack(">H", number) + data[at + 2 :]


def _count(form: str, kind: bytes, skip: int, value: bytes) -> bytes:
    """A number in a box, and another in its place."""
    data = picture(form)
    at = data.index(kind) + skip
    return data[:at] + value + data[at + len(value) :]


def _only_type(brand: bytes) -> bytes:
    return bmff.box(b"ftyp", brand, bytes(4), brand)


CASES = (
    Case("avif: a grid of 1 x 1", lambda: _grid("AVIF", 1, 1, WIDTH, HEIGHT), ANSWERED),
    Case(
        "avif: a grid of 255 x 255, one tile",
        lambda: _grid("AVIF", 255, 255, 5_000, 5_000),
        UNDECODABLE,
    ),
    Case(
        "avif: a grid of 60,000 x 60,000", lambda: _grid("AVIF", 1, 1, 60_000, 60_000), UNDECODABLE
    ),
    Case(
        "avif: a grid of 2 x 2 of 4 billion",
        lambda: _grid("AVIF", 2, 2, 2**32 - 1, 2**32 - 1, 4),
        UNDECODABLE,
    ),
    Case(
        "avif: a grid of 5,000 x 5,000, 4 tiles",
        lambda: _grid("AVIF", 2, 2, 5_000, 5_000, 4),
        UNDECODABLE,
    ),
    Case(
        "avif: 255 x 4 tiles",
        lambda: _grid("AVIF", 4, 255, 255 * WIDTH, 4 * HEIGHT, 1020),
        ANSWERED,
        most_mib=400,
    ),
    Case("avif: a primary item that is not there", lambda: _primary("AVIF", 99), UNDECODABLE),
    Case(
        "avif: 65,535 items, one there",
        lambda: _count("AVIF", b"iinf", 8, b"\xff\xff"),
        UNDECODABLE,
    ),
    Case(
        "avif: an item beyond the end",
        lambda: _count("AVIF", b"iloc", 18, b"\x7f\xff\xff\xff"),
        UNDECODABLE,
    ),
    Case("avif: nothing but its type", lambda: _only_type(b"avif"), UNDECODABLE),
    Case("heif: a grid of 1 x 1", lambda: _grid("HEIF", 1, 1, WIDTH, HEIGHT), ANSWERED),
    Case(
        "heif: a grid of 255 x 255, one tile",
        lambda: _grid("HEIF", 255, 255, 5_000, 5_000),
        ANSWERED,
    ),
    Case(
        "heif: a grid of 60,000 x 60,000", lambda: _grid("HEIF", 1, 1, 60_000, 60_000), OVER_BUDGET
    ),
    Case(
        "heif: a grid of 5,000 x 5,000, 4 tiles",
        lambda: _grid("HEIF", 2, 2, 5_000, 5_000, 4),
        UNDECODABLE,
        most_mib=400,
    ),
    Case("heif: a primary item that is not there", lambda: _primary("HEIF", 99), UNDECODABLE),
    Case(
        "heif: 65,535 items, one there",
        lambda: _count("HEIF", b"iinf", 8, b"\xff\xff"),
        UNDECODABLE,
    ),
    Case("heif: nothing but its type", lambda: _only_type(b"heic"), UNDECODABLE),
)
