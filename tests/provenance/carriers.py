"""Files of each type that carry a given block, by the libraries that people use, or by hand."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support.media import encode, pixels, video_file
from worker.provenance.bmff import XMP_UUID

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
AIGC = "http://www.tc260.org.cn/ns/AIGC/1.0/"


def small() -> Image.Image:
    return Image.fromarray(pixels(0.5, 64, 48))


def xmp(inside: str = "", attributes: str = "") -> bytes:
    """An XMP packet with one description."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:e="{IPTC}" xmlns:TC260="{AIGC}"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        f' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"{attributes}>'
        f"{inside}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def source_type(term: str) -> bytes:
    """A packet that states a digital source type, as most programs write it."""
    uri = f"http://cv.iptc.org/newscodes/digitalsourcetype/{term}"
    return xmp(attributes=f' e:DigitalSourceType="{uri}"')


def _png(packet: bytes) -> bytes:
    texts = PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", packet.decode())
    return encode(small(), "PNG", pnginfo=texts)


def _gif(packet: bytes) -> bytes:
    """XMP specification, part 3: raw in the extension, then a trailer that leads any reader out."""
    data = encode(small(), "GIF")
    colours = 3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0
    at = 13 + colours
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    return data[:at] + b"!\xff\x0bXMP DataXMP" + packet + trailer + data[at:]


def _video(packet: bytes, container: str) -> bytes:
    body = b"uuid" + XMP_UUID + packet
    return video_file(0.5, container=container, frames=4) + (len(body) + 4).to_bytes(4) + body


def _heif(packet: bytes) -> bytes:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    return encode(small(), "HEIF", xmp=packet)


XMP_CARRIERS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": lambda packet: encode(small(), "JPEG", xmp=packet),
    "image/png": _png,
    "image/webp": lambda packet: encode(small(), "WEBP", xmp=packet),
    "image/tiff": lambda packet: encode(small(), "TIFF", tiffinfo={700: packet}),
    "image/avif": lambda packet: encode(small(), "AVIF", xmp=packet),
    "image/heif": _heif,
    "image/gif": _gif,
    "video/mp4": lambda packet: _video(packet, "mp4"),
    "video/quicktime": lambda packet: _video(packet, "mov"),
}


def png(texts: Mapping[str, str], *, compressed: bool = False, late: bool = False) -> bytes:
    """A PNG with text chunks, before the pixels or after them."""
    chunks = PngInfo()
    for key, text in texts.items():
        try:
            text.encode("latin-1")
            chunks.add_text(key, text, zip=compressed)
        except UnicodeEncodeError:
            chunks.add_itxt(key, text, zip=compressed)
    data = encode(small(), "PNG", pnginfo=chunks)
    if late:
        bare = encode(small(), "PNG")
        begin = len(bare) - 12
        return bare[:begin] + data[33 : 33 + len(data) - len(bare)] + bare[begin:]
    return data


def with_exif(
    form: str, main: Mapping[int, Any], inner: Mapping[int, Any] | None = None, gps: bool = False
) -> bytes:
    """A picture with EXIF."""
    if form == "HEIF":
        from pillow_heif import register_heif_opener

        register_heif_opener()
    block = Image.Exif()
    for tag, value in main.items():
        block[tag] = value
    place = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)} if gps else {}
    for pointer, directory in ((0x8769, inner or {}), (0x8825, place)):
        if directory:
            block.get_ifd(pointer).update(directory)
            if form == "TIFF":  # Pillow takes no directory into a TIFF that its entry is not in
                block[pointer] = dict(directory)
    return encode(small(), form, exif=block)


def tagged_video(container: str, codec: str, tags: Mapping[str, str]) -> bytes:
    """A clip with the tags that FFmpeg writes for a container."""
    options = {"movflags": "use_metadata_tags"} if container in {"mp4", "mov"} else {}
    packed = io.BytesIO()
    with av.open(packed, "w", format=container, options=options) as out:
        out.metadata.update(tags)
        stream = out.add_stream(codec, rate=Fraction(8))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(4):
            picture = np.zeros((48, 64, 3), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return packed.getvalue()
