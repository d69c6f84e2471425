"""Files that are two things at once: judged as the picture that they are, or refused."""

from __future__ import annotations

import io
import zipfile

from tests.hostile.case import ANSWERED, OVER_BUDGET, UNDECODABLE, UNSUPPORTED, Case
from tests.hostile.formats import gif, jpeg, png
from tests.hostile.playlists import HTML, PDF
from tests.hostile.samples import clip, picture


def _archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
    return packed.getvalue()


def _gif_and_script() -> bytes:
    """``GIF89a/*``: the first bytes of the screen's width begin a comment of JavaScript."""
    return b"GIF89a/*" + bytes([1, 0, 0x80, 0, 0]) + gif.PALETTE + gif.image() + b";*/=1;alert(1)"


def _jpeg_and_script() -> bytes:
    """The first segment's length reads as ``/*``, so that the rest is a comment of JavaScript."""
    filler = b"*/=alert(1);/*".ljust(0x2F2A - 2, b" ")
    return jpeg.after_start(picture(), jpeg.segment(jpeg.APP0, filler))


CASES = (
    Case("jpeg and zip", lambda: picture() + _archive(), ANSWERED, "application/zip"),
    Case(
        "jpeg and html",
        lambda: jpeg.after_start(picture(), jpeg.segment(jpeg.COM, HTML)),
        ANSWERED,
        "text/html",
    ),
    Case(
        "jpeg and pdf",
        lambda: jpeg.after_start(picture(), jpeg.segment(jpeg.COM, PDF)),
        ANSWERED,
        "application/pdf",
    ),
    Case("jpeg and javascript", _jpeg_and_script, ANSWERED, "text/javascript"),
    Case("jpeg and php", lambda: picture() + b"<?php system($_GET['c']); ?>", ANSWERED),
    Case("jpeg and mp4", lambda: picture() + clip(), ANSWERED, "video/mp4"),
    Case("pdf and jpeg", lambda: PDF + picture(), UNSUPPORTED, "image/jpeg"),
    Case("zip and jpeg", lambda: _archive() + picture(), UNSUPPORTED, "image/jpeg"),
    Case("html and png", lambda: HTML + picture("PNG"), UNSUPPORTED, "image/png"),
    Case("gif and javascript", _gif_and_script, OVER_BUDGET, "image/gif"),
    Case("gif and jar", lambda: picture("GIF") + _archive(), ANSWERED, "application/java-archive"),
    Case(
        "png and a script in its text",
        lambda: png.picture(png.chunk(b"tEXt", b"Comment\0" + HTML)),
        ANSWERED,
    ),
    Case("png's signature before a jpeg", lambda: png.SIGNATURE + picture(), UNDECODABLE),
    Case("jpeg's first bytes before a png", lambda: b"\xff\xd8\xff" + picture("PNG"), UNDECODABLE),
    Case(
        "bmp's first bytes before a text",
        lambda: b"BM this is a text and no picture" * 9,
        UNDECODABLE,
    ),
    Case("tiff's first bytes before an mp4", lambda: b"II*\0" + clip(), UNDECODABLE),
    Case(
        "an ftyp of AVIF before an MP4",
        lambda: clip().replace(b"isom", b"avif", 1),
        UNDECODABLE,
        "video/mp4",
    ),
    Case(
        "an ftyp of HEIC before an MP4", lambda: b"\0\0\0\x10ftypheic\0\0\0\0" + clip(), UNDECODABLE
    ),
    Case("a jpeg called a video", picture, ANSWERED, "video/mp4"),
    Case("a video called a jpeg", clip, ANSWERED, "image/jpeg"),
    Case("a type that is a script", picture, ANSWERED, "<script>alert(1)</script>/x"),
)
