"""EXIF (CIPA DC-008): the facts that a camera or a generator writes, out of strangers' bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from worker.provenance.text import MAX_TEXT, decode

EXIF_DIRECTORY = 0x8769
GPS_DIRECTORY = 0x8825

DESCRIPTION, MAKE, MODEL, SOFTWARE, ARTIST = 0x010E, 0x010F, 0x0110, 0x0131, 0x013B
TAKEN, LENS, COMMENT = 0x9003, 0xA434, 0x9286
"""CIPA DC-008, 4.6: tags of TIFF, and of EXIF's own directory."""

EXPOSURE = (0x829A, 0x829D, 0x8827, 0x920A)
"""Exposure time, f-number, sensitivity, focal length: positive numbers in any real photo."""

MAKER_NOTE = 0x927C

LATITUDE = 0x0002
"""In the GPS directory. Whether it is there is looked at, and never what it says."""

DATE = re.compile(r"(?:19|20)\d\d:[01]\d:[0-3]\d [0-2]\d:[0-5]\d:[0-6]\d")

UNICODE = b"UNICODE\0"
ASCII = b"ASCII\0\0\0"
CODE = 8
"""UserComment begins with 8 bytes that name its encoding."""


@dataclass(frozen=True, slots=True)
class Exif:
    """Facts; empty or zero where there is none. Texts are raw: clean them before showing them."""

    make: str = ""
    model: str = ""
    lens: str = ""
    software: str = ""
    artist: str = ""
    description: str = ""
    comment: str = ""
    taken: bool = False
    """DateTimeOriginal has a date in its own form. The date itself is not kept."""
    exposure: int = 0
    """How many of the four exposure facts are there."""
    has_location: bool = False


def read_exif(data: bytes) -> Exif:
    """The facts of an EXIF block. Raises whatever Pillow does for a broken one."""
    if not data:
        return Exif()
    block = Image.Exif()
    block.load(data)
    main: Mapping[int, object] = block
    inner: Mapping[int, object] = block.get_ifd(EXIF_DIRECTORY)
    return Exif(
        make=_text(main.get(MAKE)),
        model=_text(main.get(MODEL)),
        lens=_text(inner.get(LENS)),
        software=_text(main.get(SOFTWARE)),
        artist=_text(main.get(ARTIST)),
        description=_text(main.get(DESCRIPTION)),
        comment=_comment(inner.get(COMMENT)),
        taken=DATE.fullmatch(_text(inner.get(TAKEN))) is not None,
        exposure=sum(_positive(inner.get(tag)) for tag in EXPOSURE),
        has_location=LATITUDE in block.get_ifd(GPS_DIRECTORY),
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = decode(value)
    return value[:MAX_TEXT].strip("\0 ") if isinstance(value, str) else ""


def _comment(value: object) -> str:
    """UserComment as text. UTF-16 comes in both orders, whatever the order of the block."""
    if not isinstance(value, bytes):
        return _text(value)
    code, rest = value[:CODE], value[CODE : CODE + 2 * MAX_TEXT]
    if code == UNICODE:
        # Of the two, the order in which the Latin letters have their zeros in the upper byte.
        head = rest[:512]
        order = "utf-16-be" if head[0::2].count(0) >= head[1::2].count(0) else "utf-16-le"
        return rest.decode(order, "replace").strip("\0\ufeff ")
    return _text(rest if code in {ASCII, bytes(CODE)} else value)


def _positive(value: object) -> bool:
    if isinstance(value, tuple):  # sensitivity may have two values
        value = value[0] if value else None
    if not isinstance(value, int | float) and not hasattr(value, "numerator"):
        return False
    try:
        return float(value) > 0  # type: ignore[arg-type]  # Pillow's rationals are numbers
    except (ArithmeticError, TypeError, ValueError):
        return False
