"""Few bytes that want to become many."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile

from PIL import Image

from tests.hostile import samples
from tests.hostile.case import ANSWERED, OVER_BUDGET, UNSUPPORTED, Case
from tests.hostile.formats import png, riff
from tests.hostile.samples import picture
from tests.support.media import encode


def _png_of_zeros() -> bytes:
    data = png.chunk(b"IDAT", png.zeros(100))
    return png.png(png.header(20_000, 10_000), data)


def _png_too_much_data() -> bytes:
    """A small header over data for a large picture: what is too much is never unpacked."""
    return png.png(png.header(100, 100), png.chunk(b"IDAT", png.zeros(200)))


def _png_within_limits() -> bytes:
    return png.png(png.header(5400, 5400), png.chunk(b"IDAT", png.rows(5400, 5400)))


def _png_interlaced() -> bytes:
    head = png.chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 1))
    return png.png(head, png.chunk(b"IDAT", png.zeros(10)))


def _png_one_bit() -> bytes:
    head = png.header(60_000, 60_000, png.GREY, 1)
    return png.png(head, png.chunk(b"IDAT", png.zeros(100)))


def _gif_of_one_colour() -> bytes:
    return encode(Image.new("P", (6_200, 5_000)), "GIF")


def _webp_of_one_colour() -> bytes:
    return encode(Image.new("RGB", (6_200, 5_000)), "WEBP", lossless=True, quality=0, method=0)


def _webp_canvas() -> bytes:
    """A canvas of 16,777,216 pixels a side; the standard lets the product be 2^32 - 1."""
    still = picture("WEBP")[12:]
    frames = riff.chunk(b"ANIM", bytes(6)) + riff.frame(still, samples.WIDTH, samples.HEIGHT) * 2
    return riff.webp(riff.extended(16_000, 16_000, riff.ANIMATION), frames)


def _avif_of_one_colour() -> bytes:
    return encode(Image.new("RGB", (6_200, 5_000)), "AVIF", speed=10, quality=10)


def _tiff_packed() -> bytes:
    return encode(Image.new("L", (6_200, 5_000)), "TIFF", compression="tiff_adobe_deflate")


def _bmp_runs() -> bytes:
    return _bmp(30_000, 30_000, bytes([255, 0]) * 1000 + b"\0\1")


def _bmp_deltas() -> bytes:
    """A cursor that runs far beyond the picture."""
    return _bmp(5_000, 5_000, bytes([0, 2, 255, 255]) * 20_000 + b"\0\1")


def _bmp(width: int, height: int, data: bytes) -> bytes:
    """A bitmap of 8 bits, run-length coded (BI_RLE8)."""
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 0, 0, 256, 0)
    offset = 14 + len(info) + 1024
    return (
        b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + bytes(1024) + data
    )


def _jpeg_of_one_colour() -> bytes:
    return encode(Image.new("L", (6_200, 5_000)), "JPEG", quality=1)


def _zip(inner: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("picture.jpg", inner)
    return packed.getvalue()


def _zipped_svg() -> bytes:
    return gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg'>" + b" " * (64 << 20))


def _zip_in_png() -> bytes:
    return png.picture(png.chunk(b"zIpB", _zip(bytes(64 << 20))))


def _zip_in_mp4() -> bytes:
    return samples.clip() + struct.pack(">I4s", 8 + len(_zip(b"x")), b"uuid") + _zip(b"x")


CASES = (
    Case("png: 20,000 x 10,000 of zeros", _png_of_zeros, OVER_BUDGET, "image/png"),
    Case("png: far more data than pixels", _png_too_much_data, ANSWERED, "image/png"),
    Case(
        "png: the largest that is allowed", _png_within_limits, ANSWERED, "image/png", most_mib=320
    ),
    Case("png: 30,000 x 30,000, interlaced", _png_interlaced, OVER_BUDGET, "image/png"),
    Case("png: 60,000 x 60,000 of one bit", _png_one_bit, OVER_BUDGET, "image/png"),
    Case("gif: 6,200 x 5,000 of one colour", _gif_of_one_colour, OVER_BUDGET, "image/gif"),
    Case("webp: 6,200 x 5,000 of one colour", _webp_of_one_colour, OVER_BUDGET, "image/webp"),
    Case("webp: a canvas of 16,000 x 16,000", _webp_canvas, OVER_BUDGET, "image/webp"),
    Case("avif: 6,200 x 5,000 of one colour", _avif_of_one_colour, OVER_BUDGET, "image/avif"),
    Case("tiff: 6,200 x 5,000, deflated", _tiff_packed, OVER_BUDGET, "image/tiff"),
    Case("bmp: runs for 30,000 x 30,000", _bmp_runs, OVER_BUDGET, "image/bmp"),
    Case("bmp: deltas beyond the picture", _bmp_deltas, ANSWERED, "image/bmp", most_mib=300),
    Case("jpeg: 6,200 x 5,000 of one colour", _jpeg_of_one_colour, OVER_BUDGET, "image/jpeg"),
    Case("zip: 64 MiB of zeros", lambda: _zip(bytes(64 << 20)), UNSUPPORTED, "image/jpeg"),
    Case("zip: in a zip in a zip", lambda: _zip(_zip(_zip(bytes(1 << 20)))), UNSUPPORTED),
    Case("gzip: an SVG of 64 MiB", _zipped_svg, UNSUPPORTED, "image/svg+xml"),
    Case("zip: in a PNG's chunk", _zip_in_png, ANSWERED, "image/png"),
    Case("zip: in an MP4's box", _zip_in_mp4, ANSWERED, "video/mp4"),
)
