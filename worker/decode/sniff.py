"""What a file is, by its first bytes. Its name and its uploader's word do not count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from mmap import mmap

from worker.domain.failure import Poison, Reason


class Library(StrEnum):
    """Which library may open a file. A still picture never reaches FFmpeg's dozens of parsers."""

    PILLOW = "pillow"
    FFMPEG = "ffmpeg"


@dataclass(frozen=True, slots=True)
class FileType:
    """A file type that we take."""

    mime: str
    library: Library
    format: str
    """The name that the library knows it by; no other format is tried."""


JPEG = FileType("image/jpeg", Library.PILLOW, "JPEG")
PNG = FileType("image/png", Library.PILLOW, "PNG")
GIF = FileType("image/gif", Library.PILLOW, "GIF")
WEBP = FileType("image/webp", Library.PILLOW, "WEBP")
BMP = FileType("image/bmp", Library.PILLOW, "BMP")
TIFF = FileType("image/tiff", Library.PILLOW, "TIFF")
AVIF = FileType("image/avif", Library.PILLOW, "AVIF")
HEIF = FileType("image/heif", Library.PILLOW, "HEIF")
MP4 = FileType("video/mp4", Library.FFMPEG, "mp4")
MOV = FileType("video/quicktime", Library.FFMPEG, "mov")
MATROSKA = FileType("video/x-matroska", Library.FFMPEG, "matroska")
WEBM = FileType("video/webm", Library.FFMPEG, "webm")

MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)

AVIF_BRANDS = {b"avif", b"avis"}
HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
"""ISO/IEC 23008-12. ``mif1`` is shared with AVIF, which names its own brand besides."""

EBML = b"\x1aE\xdf\xa3"
EBML_HEADER = 128
"""The DocType stands in the EBML header, which is a few dozen bytes long (RFC 8794, 11.2)."""

QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
"""A QuickTime file older than the ``ftyp`` atom begins with one of these."""


def sniff(data: bytes | memoryview | mmap) -> FileType:
    """The type of a file. Raises ``Poison`` (``media_unsupported``)."""
    head = bytes(data[:512])
    for magic, found in MAGIC:
        if head.startswith(magic):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(EBML):
        return WEBM if b"webm" in head[:EBML_HEADER] else MATROSKA
    if head[4:8] == b"ftyp":
        return _by_brands(head)
    if head[4:8] in QUICKTIME_ATOMS:
        return MOV
    raise Poison(Reason.MEDIA_UNSUPPORTED, "the bytes are of no image or video type that we take")


def _by_brands(head: bytes) -> FileType:
    """ISO base media: the major brand, then the compatible ones."""
    end = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
    if AVIF_BRANDS.intersection(brands):
        return AVIF
    if HEIF_BRANDS.intersection(brands[:1]) or (
        HEIF_BRANDS.intersection(brands) and b"isom" not in brands
    ):
        return HEIF
    return MOV if brands[0] == b"qt  " else MP4
