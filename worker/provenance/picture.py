"""The metadata blocks of still pictures through Pillow, which reads headers here and no pixels."""

from __future__ import annotations

import io

from PIL import Image

from worker.provenance.blocks import Blocks
from worker.provenance.bmff import read_bmff
from worker.provenance.text import MAX_TEXT

C2PA_IN_JPEG = b"c2pa"
"""Each manifest store names its type in its first segment, 24 bytes in (C2PA 2.x, appendix A). The
segment may end right after these four bytes, so a longer marker could be cut in two."""

C2PA_IN_TIFF = bytes.fromhex("6332706100110010800000aa00389b71")
"""The type of a manifest store (C2PA 2.x, 11.1). A TIFF holds the store in one piece."""

C2PA_IN_GIF = b"C2PA_GIF"
"""C2PA 2.x, appendix A: the identifier of its application extension."""

XMP_IN_GIF = b"XMP DataXMP"
XMP_BEGIN = b"<"
XMP_END = b"<?xpacket end="
"""XMP specification, part 3: the packet lies in the file as it is, and ends with this line."""

XMP_TAG = 700
"""TIFF's own tag for an XMP packet (XMP specification, part 3)."""


def read_jpeg(data: bytes) -> Blocks:
    """EXIF and XMP of APP1; a packet in several segments (Extended XMP) counts by its first."""
    exif, xmp = _info(data, "JPEG")
    return Blocks(exif=exif, xmp=xmp, may_hold_c2pa=C2PA_IN_JPEG in data)


def read_avif(data: bytes) -> Blocks:
    """EXIF and XMP items."""
    exif, xmp = _info(data, "AVIF")
    return Blocks(exif=exif, xmp=xmp, may_hold_c2pa=read_bmff(data).may_hold_c2pa)


def read_heif(data: bytes) -> Blocks:
    """EXIF and XMP items, likewise."""
    exif, xmp = _info(data, "HEIF")
    return Blocks(exif=exif, xmp=xmp, may_hold_c2pa=read_bmff(data).may_hold_c2pa)


def read_tiff(data: bytes) -> Blocks:
    """The file is an EXIF structure itself; its first directory may have an XMP packet."""
    directory = Image.Exif()
    try:
        directory.load(data)
        packet = directory.get(XMP_TAG)
    except Exception:  # noqa: BLE001 - as below
        packet = None
    return Blocks(exif=data, xmp=_bounded(packet), may_hold_c2pa=C2PA_IN_TIFF in data)


def read_gif(data: bytes) -> Blocks:
    """XMP in its application extension."""
    at = data.find(XMP_IN_GIF)
    packet = data[at + len(XMP_IN_GIF) : at + MAX_TEXT] if at >= 0 else b""
    begin, end = packet.find(XMP_BEGIN), packet.find(XMP_END)
    xmp = packet[begin:end] if 0 <= begin < end else b""
    return Blocks(xmp=xmp, may_hold_c2pa=C2PA_IN_GIF in data)


def _info(data: bytes, form: str) -> tuple[bytes, bytes]:
    try:
        with Image.open(io.BytesIO(data), formats=(form,)) as image:
            return _bounded(image.info.get("exif")), _bounded(image.info.get("xmp"))
    except Exception:  # noqa: BLE001 - plugins raise what their format's code meets; see image.py
        return b"", b""


def _bounded(block: object) -> bytes:
    return block if isinstance(block, bytes) and len(block) <= MAX_TEXT else b""
