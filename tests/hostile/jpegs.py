"""JPEGs of odd kinds, and of more scans than anybody needs."""

from __future__ import annotations

import struct

import numpy as np
from PIL import Image

from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, UNSUPPORTED, Case
from tests.hostile.formats import jpeg
from tests.hostile.samples import picture
from tests.support.media import encode, pixels


def _scans(count: int, side: int = 400) -> bytes:
    """A progressive file whose last scan, of a few bytes, comes again and again."""
    data = encode(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    last = [data[begin:end] for marker, begin, end in jpeg.segments(data) if marker == jpeg.SOS][-1]
    return data[:-2] + last * count + jpeg.EOI


def _without(marker: int) -> bytes:
    data = picture()
    dropped = [(begin, end) for kind, begin, end in jpeg.segments(data) if kind == marker]
    for begin, end in reversed(dropped):
        data = data[:begin] + data[end:]
    return data


def _components(count: int) -> bytes:
    """A frame header of so many components."""
    for marker, begin, _ in jpeg.segments(picture()):
        if marker in jpeg.FRAMES:
            data = picture()
            return data[: begin + 9] + bytes([count]) + data[begin + 10 :]
    raise AssertionError("no frame header")


def _frame_marker(marker: int) -> bytes:
    """Another process of coding than the one that it has."""
    data = picture()
    begin = next(at for kind, at, _ in jpeg.segments(data) if kind in jpeg.FRAMES)
    return data[: begin + 1] + bytes([marker]) + data[begin + 2 :]


def _huffman_of_ones() -> bytes:
    """A table of codes that do not fit their lengths."""
    body = bytes([0]) + bytes([255] * 16) + bytes(16)
    return jpeg.after_start(picture(), jpeg.segment(jpeg.DHT, body))


def _restarts() -> bytes:
    """A restart interval of one block, without a restart marker in the data."""
    return jpeg.after_start(picture(), jpeg.segment(0xDD, struct.pack(">H", 1)))


def _segment_too_long() -> bytes:
    return picture()[:2] + b"\xff\xe0\xff\xff" + picture()[2:]


def _segment_of_no_length() -> bytes:
    return picture()[:2] + b"\xff\xe0\x00\x00" + picture()[2:]


def _cmyk(adobe: bool) -> bytes:
    data = encode(Image.fromarray(pixels(0.5)).convert("CMYK"), "JPEG")
    if adobe:
        return data
    at = next(begin for marker, begin, _ in jpeg.segments(data) if marker == jpeg.APP14)
    return data[:at] + data[at + 16 :]


def _ycck() -> bytes:
    """Adobe's marker says YCCK (transform 2) of what is CMYK: other colours, the same data."""
    data = _cmyk(adobe=True)
    at = data.index(b"Adobe") + 11
    return data[:at] + b"\2" + data[at + 1 :]


def _noise(quality: int, **options: object) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (600, 800, 3), np.uint8)
    return encode(Image.fromarray(noise), "JPEG", quality=quality, **options)


CASES = (
    Case("jpeg: 600 scans", lambda: _scans(600), OVER_BUDGET),
    Case("jpeg: 200 small scans", lambda: _scans(200), ANSWERED),
    Case("jpeg: 180 scans of 28 megapixels", lambda: _scans(180, 5_300), OVER_BUDGET),
    Case("jpeg: 60,000 scans", lambda: _scans(60_000), OVER_BUDGET),
    Case("jpeg: no tables of codes", lambda: _without(jpeg.DHT), ANSWERED),
    Case("jpeg: no quantisation", lambda: _without(jpeg.DQT), UNDECODABLE),
    Case("jpeg: no scan", lambda: _without(jpeg.SOS), UNDECODABLE),
    Case("jpeg: no components", lambda: _components(0), UNDECODABLE),
    Case("jpeg: 255 components", lambda: _components(255), UNDECODABLE),
    Case("jpeg: lossless", lambda: _frame_marker(0xC3), UNDECODABLE),
    Case("jpeg: arithmetic coding that is none", lambda: _frame_marker(0xC9), ANSWERED),
    Case("jpeg: hierarchical", lambda: _frame_marker(0xC5), UNDECODABLE),
    Case("jpeg: a table of codes too long", _huffman_of_ones, UNDECODABLE),
    Case("jpeg: restarts that are not there", _restarts, ANSWERED),
    Case("jpeg: a segment that is too long", _segment_too_long, UNDECODABLE),
    Case("jpeg: a segment of no length", _segment_of_no_length, ANSWERED),
    Case("jpeg: CMYK of Adobe", lambda: _cmyk(adobe=True), ANSWERED),
    Case("jpeg: CMYK without Adobe's marker", lambda: _cmyk(adobe=False), ANSWERED),
    Case("jpeg: YCCK", _ycck, ANSWERED),
    Case("jpeg: noise", lambda: _noise(100, subsampling=0), ANSWERED),
    Case("jpeg: XL", lambda: b"\xff\x0a" + bytes(200), UNSUPPORTED, "image/jxl"),
    Case(
        "jpeg: 2000", lambda: encode(Image.new("L", (9, 9)), "JPEG2000"), UNSUPPORTED, "image/jp2"
    ),
    Case("jpeg: LS", lambda: b"\xff\xd8\xff\xf7" + bytes(200), UNDECODABLE),
)
