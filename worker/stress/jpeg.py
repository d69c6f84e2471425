"""Pictures by the million out of a few: each a JPEG whose pixels no other has."""

from __future__ import annotations

from dataclasses import dataclass

DIGITS = 20
"""Entries of the quantisation table that tell pictures apart: the lowest frequencies, which are
still there when a picture is made small. With three values each there are 3.5 thousand million."""

BASE = 3
"""Values of one entry: as it was, one more, two more. At quality 85 they begin at 3 or so."""

SPREAD = 1_640_531_527
"""Odd, no multiple of 3, and near the golden part of 3^20: neighbours differ in many entries."""

MARKER, SCAN, TABLES = 0xFF, 0xDA, 0xDB
"""ITU-T T.81, table B.1: start of a scan, quantisation tables."""

START = b"\xff\xd8"


class NotJpeg(ValueError):
    """The bytes are no baseline JPEG with a table of 8 bits."""


@dataclass(frozen=True, slots=True)
class JpegMould:
    """A JPEG, and where its first quantisation table stands.

    With other numbers in the table a decoder makes other pixels of the same data, all over the
    picture; to write them takes a copy, where encoding takes tens of milliseconds.
    """

    data: bytes
    table: int
    """Where the entries begin."""

    @classmethod
    def of(cls, data: bytes) -> JpegMould:
        """Raises ``NotJpeg``."""
        if not data.startswith(START):
            raise NotJpeg("no start of image")
        at = len(START)
        while at + 4 < len(data) and data[at] == MARKER and data[at + 1] != SCAN:
            if data[at + 1] == TABLES and data[at + 4] >> 4 == 0:
                return cls(data, at + 5)
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        raise NotJpeg("no quantisation table of 8 bits before the first scan")

    def cast(self, number: int) -> bytes:
        """The picture of this number. Numbers below 3^20 give bytes that all differ."""
        left = number * SPREAD % BASE**DIGITS
        made = bytearray(self.data)
        for place in range(DIGITS):
            left, digit = divmod(left, BASE)
            entry = self.table + place  # in zigzag order, the lowest frequency first
            made[entry] = min(255, made[entry] + digit)
        return bytes(made)
