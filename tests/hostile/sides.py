"""Sides of 0, of 1, and of as many pixels as the header has room for."""

from __future__ import annotations

import struct

from PIL import Image

from tests.hostile import samples
from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, Case
from tests.hostile.formats import ebml, gif, jpeg, png, riff, tiff
from tests.hostile.samples import picture
from tests.support.media import encode, video_file


def _png(width: int, height: int) -> bytes:
    return png.picture(width=width, height=height)


def _png_claims(width: int, height: int) -> bytes:
    return png.png(png.header(width, height), png.chunk(b"IDAT", png.rows(10, 10)))


def _jpeg_claims(width: int, height: int) -> bytes:
    return jpeg.resized(picture(), width, height)


def _jpeg(width: int, height: int) -> bytes:
    return encode(Image.new("L", (width, height), 90), "JPEG")


def _jpeg_with_lines_at_the_end() -> bytes:
    """Height 0, and a DNL segment after the first scan (ITU-T T.81, B.2.5)."""
    data = jpeg.resized(picture(), samples.WIDTH, 0)
    return data[:-2] + jpeg.segment(jpeg.DNL, struct.pack(">H", samples.HEIGHT)) + jpeg.EOI


def _gif(width: int, height: int) -> bytes:
    return gif.screen(width, height) + gif.CONTROL + gif.image() + gif.TRAILER


def _bmp(width: int, height: int) -> bytes:
    data = picture("BMP")
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


def _tiff(width: int, height: int) -> bytes:
    at = tiff.size_of(9)
    return tiff.tiff(
        *tiff.grey(width, height),
        tiff.Entry(tiff.STRIP_OFFSETS, tiff.LONG, 1, at),
        tiff.Entry(tiff.ROWS_PER_STRIP, tiff.LONG, 1, height),
        tiff.Entry(tiff.STRIP_BYTES, tiff.LONG, 1, 100),
        after=bytes(100),
    )


def _webp_claims_one() -> bytes:
    """A canvas of one pixel around a picture of 120 x 90."""
    return riff.webp(riff.extended(1, 1), picture("WEBP")[12:])


def _ispe(form: str, width: int, height: int) -> bytes:
    """AVIF and HEIF state their size in a property (ISO/IEC 23008-12, 6.5.3)."""
    data = picture(form)
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def _mp4(width: int, height: int) -> bytes:
    """The sizes in its sample entry; the stream itself keeps its own."""
    data = samples.clip()
    at = data.index(b"avc1", data.index(b"stsd")) + 28
    return data[:at] + struct.pack(">HH", width, height) + data[at + 4 :]


def _webm(width: int, height: int) -> bytes:
    blocks = [
        ebml.block(data, 125 * number, number == 0) for number, data in enumerate(samples.packets())
    ]
    track = ebml.video_track(width=width, height=height)
    return ebml.matroska(ebml.info(500), ebml.element(ebml.TRACKS, track), ebml.cluster(*blocks))


CASES = (
    Case("png: 65,535 x 65,535", lambda: _png_claims(65_535, 65_535), OVER_BUDGET),
    Case("png: 2,147,483,647 a side", lambda: _png_claims(2**31 - 1, 2**31 - 1), OVER_BUDGET),
    Case("png: 4,294,967,295 x 1", lambda: _png_claims(2**32 - 1, 1), OVER_BUDGET),
    Case("png: no width", lambda: _png_claims(0, 90), UNDECODABLE),
    Case("png: 1 x 1", lambda: _png(1, 1), ANSWERED),
    Case("png: 1 x 200", lambda: _png(1, 200), ANSWERED),
    Case("png: 1 x 201", lambda: _png(1, 201), OVER_BUDGET),
    Case("png: 65,535 x 1", lambda: _png(65_535, 1), OVER_BUDGET),
    Case("jpeg: claims 65,500 x 65,500", lambda: _jpeg_claims(65_500, 65_500), OVER_BUDGET),
    Case("jpeg: claims 65,535 x 400", lambda: _jpeg_claims(65_535, 400), UNDECODABLE),
    Case("jpeg: 65,500 x 330", lambda: _jpeg(65_500, 330), ANSWERED, most_mib=260),
    Case("jpeg: 330 x 65,500", lambda: _jpeg(330, 65_500), ANSWERED, most_mib=260),
    Case("jpeg: 65,500 x 300", lambda: _jpeg(65_500, 300), OVER_BUDGET),
    Case("jpeg: no height", lambda: _jpeg_claims(samples.WIDTH, 0), UNDECODABLE),
    Case("jpeg: no width", lambda: _jpeg_claims(0, samples.HEIGHT), UNDECODABLE),
    Case("jpeg: the height comes after the data", _jpeg_with_lines_at_the_end, UNDECODABLE),
    Case("gif: a screen of 65,535 x 65,535", lambda: _gif(65_535, 65_535), OVER_BUDGET),
    Case("gif: a screen of 0 x 0", lambda: _gif(0, 0), ANSWERED),
    Case("gif: 1 x 1", lambda: _gif(1, 1), ANSWERED),
    Case("bmp: 2,147,483,647 a side", lambda: _bmp(2**31 - 1, 2**31 - 1), OVER_BUDGET),
    Case("bmp: a negative width", lambda: _bmp(-120, 90), OVER_BUDGET),
    Case("bmp: the most negative height", lambda: _bmp(120, -(2**31)), OVER_BUDGET),
    Case("tiff: 4,294,967,295 a side", lambda: _tiff(2**32 - 1, 2**32 - 1), OVER_BUDGET),
    Case("tiff: no height", lambda: _tiff(120, 0), UNDECODABLE),
    Case("webp: a canvas of one pixel", _webp_claims_one, UNDECODABLE),
    Case("avif: claims 60,000 x 60,000", lambda: _ispe("AVIF", 60_000, 60_000), UNDECODABLE),
    Case("avif: claims 5,000 x 5,000", lambda: _ispe("AVIF", 5_000, 5_000), ANSWERED, most_mib=480),
    Case("avif: claims 0 x 0", lambda: _ispe("AVIF", 0, 0), UNDECODABLE),
    Case("heif: claims 60,000 x 60,000", lambda: _ispe("HEIF", 60_000, 60_000), OVER_BUDGET),
    Case("heif: claims 5,000 x 5,000", lambda: _ispe("HEIF", 5_000, 5_000), UNDECODABLE),
    Case("heif: claims 1 x 1", lambda: _ispe("HEIF", 1, 1), UNDECODABLE),
    Case("mp4: claims 65,535 x 65,535", lambda: _mp4(65_535, 65_535), ANSWERED),
    Case("mp4: claims 0 x 0", lambda: _mp4(0, 0), ANSWERED),
    Case("mp4: 16 x 2", lambda: video_file(0.5, width=16, height=2, frames=4), ANSWERED),
    Case("mp4: 802 x 4", lambda: video_file(0.5, width=802, height=4, frames=4), OVER_BUDGET),
    Case("webm: claims 65,535 x 65,535", lambda: _webm(65_535, 65_535), ANSWERED),
    Case("webm: claims 1 x 1", lambda: _webm(1, 1), ANSWERED),
)
