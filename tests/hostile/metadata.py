"""Profiles, EXIF, comments and tags: more of them than there is of the picture."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, Case
from tests.hostile.formats import bmff, ebml, gif, jpeg, png, riff, tiff
from tests.hostile.samples import HEIGHT, WIDTH, clip, packets, picture

EXIF = b"Exif\0\0"
LARGE = 100 << 20
"""What is called a hundred megabytes. On a busy machine their copies alone take seconds."""


def _png_profile() -> bytes:
    return png.picture(png.chunk(b"iCCP", b"x\0\0" + png.zeros(200)))


def _png_text(kind: bytes) -> bytes:
    packed = png.zeros(200)
    body = b"x\0\0" + packed if kind == b"zTXt" else b"x\0\1\0\0\0" + packed
    return png.picture(png.chunk(kind, body))


def _png_many_texts() -> bytes:
    one = png.chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(900_000)))
    return png.picture(one * 2000)


def _png_text_of_100_mb() -> bytes:
    return png.picture(png.chunk(b"tEXt", b"x\0" + bytes(LARGE)))


def _png_of_chunks() -> bytes:
    return png.picture(png.chunk(b"prIV") * 500_000)


def _overlapping(entries: int, nbytes: int) -> bytes:
    """A directory whose entries all point to the same bytes, so that they count many times."""
    begin = tiff.size_of(entries)
    named = [tiff.Entry(1000 + number, tiff.UNDEFINED, nbytes, begin) for number in range(entries)]
    return tiff.tiff(*named, after=bytes(nbytes))


def _jpeg_exif_that_overlaps() -> bytes:
    return jpeg.after_start(picture(), jpeg.segment(jpeg.APP1, EXIF + _overlapping(3000, 29_000)))


def _jpeg_exif_in_parts() -> bytes:
    """Pillow joins what comes in several segments."""
    whole = _overlapping(30_000, 400_000)
    parts = [whole[at : at + 65_000] for at in range(0, len(whole), 65_000)]
    return jpeg.after_start(picture(), *(jpeg.segment(jpeg.APP1, EXIF + part) for part in parts))


def _png_exif_that_overlaps() -> bytes:
    return png.picture(png.chunk(b"eXIf", _overlapping(60_000, 1_000_000)))


def _exif_in_a_circle() -> bytes:
    """EXIF's own directory is the first one again."""
    pointer = [tiff.Entry(tiff.EXIF_IFD, tiff.LONG, 1, 8), tiff.Entry(0x8825, tiff.LONG, 1, 8)]
    block = tiff.tiff(tiff.Entry(tiff.ORIENTATION, tiff.SHORT, 1, 6), *pointer, following=8)
    return jpeg.after_start(picture(), jpeg.segment(jpeg.APP1, EXIF + block))


def _exif(orientation: int, kind: int = tiff.SHORT, count: int = 1) -> bytes:
    block = tiff.tiff(tiff.Entry(tiff.ORIENTATION, kind, count, orientation))
    return jpeg.after_start(picture(), jpeg.segment(jpeg.APP1, EXIF + block))


def _exif_that_cannot_be_written_again() -> bytes:
    """Turned, with an entry whose text is no text: programs that write EXIF anew fail on it."""
    begin = tiff.size_of(2)
    block = tiff.tiff(
        tiff.Entry(tiff.ORIENTATION, tiff.SHORT, 1, 6),
        tiff.Entry(0x0132, 12, 2, begin),
        after=struct.pack("<dd", float("nan"), float("inf")),
    )
    return jpeg.after_start(picture(), jpeg.segment(jpeg.APP1, EXIF + block))


def _jpeg_profile_in_parts() -> bytes:
    """255 parts of 64 KiB, the most there can be, out of order and one twice."""
    parts = [
        jpeg.segment(jpeg.APP2, b"ICC_PROFILE\0" + bytes([number, 255]) + bytes(65_000))
        for number in (255, *range(1, 255), 1)
    ]
    return jpeg.after_start(picture(), *parts)


def _jpeg_multi_picture() -> bytes:
    """An index of pictures (CIPA DC-007) whose entries overlap, of 65,535 pictures."""
    index = tiff.tiff(
        tiff.Entry(0xB001, tiff.LONG, 1, 65_535), tiff.Entry(0xB002, tiff.UNDEFINED, 16, 8)
    )
    return jpeg.after_start(picture(), jpeg.segment(jpeg.APP2, b"MPF\0" + index))


def _jpeg_of_comments() -> bytes:
    return jpeg.after_start(picture(), *[jpeg.segment(jpeg.COM, bytes(65_000))] * 1600)


def _jpeg_photoshop() -> bytes:
    """Blocks of Photoshop that are longer than their segment."""
    body = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\xff\xff\xff\xff" * 3000
    return jpeg.after_start(picture(), jpeg.segment(0xED, body))


def _gif_comment() -> bytes:
    image = gif.CONTROL + gif.image()
    return gif.screen(100, 80) + gif.comment(100) + image + gif.TRAILER


def _webp_exif() -> bytes:
    head = riff.extended(WIDTH, HEIGHT, riff.EXIF)
    return riff.webp(
        head, picture("WEBP")[12:], riff.chunk(b"EXIF", _overlapping(60_000, 1_000_000))
    )


def _webp_xmp() -> bytes:
    head = riff.extended(WIDTH, HEIGHT, 0x04)
    return riff.webp(
        head, picture("WEBP")[12:], riff.chunk(b"XMP ", b"<x:xmpmeta>" + b"<a>" * 5_000_000)
    )


def _xmp_entities() -> bytes:
    """A billion laughs, in XMP."""
    names = "abcdefghij"
    lines = [f'<!ENTITY a "{"ha" * 10}">']
    lines += [f'<!ENTITY {after} "{f"&{one};" * 10}">' for one, after in pairwise(names)]
    packet = f"<!DOCTYPE x [{''.join(lines)}]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&j;</x:xmpmeta>"
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()
    return jpeg.after_start(picture(), jpeg.segment(jpeg.APP1, body))


def _mp4_user_data() -> bytes:
    data = clip()
    return bmff.replaced(data, b"udta", bmff.box(b"udta", bmff.box(b"\xa9nam", bytes(LARGE))))


def _mp4_tags() -> bytes:
    """Half a million tags of one letter."""
    tag = bmff.box(b"\xa9nam", bmff.box(b"data", struct.pack(">II", 1, 0), b"x"))
    listed = bmff.box(b"ilst", tag * 500_000)
    handler = bmff.full(b"hdlr", bytes(4), b"mdirappl", bytes(9))
    return bmff.replaced(clip(), b"udta", bmff.box(b"udta", bmff.full(b"meta", handler, listed)))


def _mp4_cover() -> bytes:
    """A cover picture that is a bomb. Nobody looks at it."""
    bomb = png.png(png.header(30_000, 30_000), png.chunk(b"IDAT", png.zeros(50)))
    cover = bmff.box(b"covr", bmff.box(b"data", struct.pack(">II", 14, 0), bomb))
    handler = bmff.full(b"hdlr", bytes(4), b"mdirappl", bytes(9))
    return bmff.replaced(
        clip(), b"udta", bmff.box(b"udta", bmff.full(b"meta", handler, bmff.box(b"ilst", cover)))
    )


def _webm(*parts: bytes) -> bytes:
    blocks = [ebml.block(data, 125 * n, n == 0) for n, data in enumerate(packets())]
    tracks = ebml.element(ebml.TRACKS, ebml.video_track())
    return ebml.matroska(ebml.info(500), tracks, *parts, ebml.cluster(*blocks))


def _webm_tags() -> bytes:
    simple = ebml.element(
        ebml.SIMPLE_TAG, ebml.text(ebml.TAG_NAME, "x"), ebml.text(ebml.TAG_STRING, "y")
    )
    return _webm(ebml.element(ebml.TAGS, ebml.element(ebml.TAG, simple * 100_000)))


def _webm_tags_in_tags() -> bytes:
    """Tags inside of tags, 5,000 deep."""
    nested = b""
    for _ in range(5000):
        nested = ebml.element(ebml.SIMPLE_TAG, ebml.text(ebml.TAG_NAME, "x"), nested)
    return _webm(ebml.element(ebml.TAGS, ebml.element(ebml.TAG, nested)))


def _webm_attachment() -> bytes:
    """A hundred megabytes of something, attached."""
    file = ebml.element(
        0x61A7, ebml.text(0x466E, "x"), ebml.text(0x4660, "x/y"), ebml.unsigned(0x46AE, 1)
    )
    whole = ebml.element(
        0x61A7, ebml.text(0x466E, "x"), ebml.text(0x4660, "x/y"), ebml.element(0x465C, bytes(LARGE))
    )
    return _webm(ebml.element(0x1941A469, file, whole))


CASES = (
    Case("png: a profile of 200 MiB", _png_profile, UNDECODABLE),
    Case("png: zTXt of 200 MiB", lambda: _png_text(b"zTXt"), UNDECODABLE),
    Case("png: iTXt of 200 MiB", lambda: _png_text(b"iTXt"), UNDECODABLE),
    Case("png: 2,000 texts of 1 MB", _png_many_texts, UNDECODABLE),
    Case("png: a text of 100 MB", _png_text_of_100_mb, UNDECODABLE, most_mib=700, most_ms=15_000),
    Case("png: half a million chunks", _png_of_chunks, OVER_BUDGET),
    Case("png: EXIF that overlaps", _png_exif_that_overlaps, ANSWERED),
    Case("jpeg: EXIF that overlaps", _jpeg_exif_that_overlaps, ANSWERED),
    Case("jpeg: EXIF in parts that overlaps", _jpeg_exif_in_parts, ANSWERED, most_ms=8000),
    Case("jpeg: EXIF in a circle", _exif_in_a_circle, ANSWERED),
    Case("jpeg: an orientation of 99", lambda: _exif(99), ANSWERED),
    Case(
        "jpeg: an orientation of 4 billion values", lambda: _exif(6, tiff.LONG, 2**32 - 1), ANSWERED
    ),
    Case("jpeg: an orientation as text", lambda: _exif(0x36, tiff.ASCII, 2), ANSWERED),
    Case("jpeg: EXIF of NaN", _exif_that_cannot_be_written_again, ANSWERED),
    Case("jpeg: a profile of 16 MB in parts", _jpeg_profile_in_parts, ANSWERED, most_mib=200),
    Case("jpeg: an index of 65,535 pictures", _jpeg_multi_picture, ANSWERED),
    Case("jpeg: 100 MB of comments", _jpeg_of_comments, ANSWERED, most_mib=500, most_ms=15_000),
    Case("jpeg: Photoshop's blocks too long", _jpeg_photoshop, ANSWERED),
    Case("jpeg: a billion laughs in XMP", _xmp_entities, ANSWERED),
    Case("gif: a comment of 100 MB", _gif_comment, ANSWERED, most_mib=500, most_ms=15_000),
    Case("webp: EXIF that overlaps", _webp_exif, ANSWERED),
    Case("webp: XMP of 15 MB, never closed", _webp_xmp, ANSWERED),
    Case("mp4: user data of 100 MB", _mp4_user_data, ANSWERED, most_mib=500, most_ms=15_000),
    Case("mp4: half a million tags", _mp4_tags, OVER_BUDGET, most_mib=300),
    Case("mp4: a cover that is a bomb", _mp4_cover, ANSWERED),
    Case("webm: 100,000 tags", _webm_tags, ANSWERED, most_mib=300),
    Case("webm: tags in tags, 5,000 deep", _webm_tags_in_tags, ANSWERED),
    Case("webm: an attachment of 100 MB", _webm_attachment, ANSWERED, most_mib=700, most_ms=15_000),
)
