"""Whether the libraries' lists of formats bite: an option that is mistyped is ignored silently."""

from __future__ import annotations

import contextlib
import io

import av
from PIL import Image, UnidentifiedImageError

from worker.decode.sniff import AVIF, HEIF, MAGIC, WEBP
from worker.decode.video import OPTIONS

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
"""One pixel, whole: FFmpeg has demuxers for pictures, past all that Pillow checks."""

HLS = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///dev/null\n#EXT-X-ENDLIST\n"
DASH = (
    b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    b' profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet>'
    b'<Representation id="1"><BaseURL>file:///dev/null</BaseURL></Representation>'
    b"</AdaptationSet></Period></MPD>"
)

PLAYLISTS = (
    b"ffconcat version 1.0\nfile /dev/null\n",
    b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    HLS,
    DASH,
    PNG,
)
"""What FFmpeg must refuse. By the first four it would open other files, or the network."""

PAGES = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n",
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    b"P5 1 1 255 \0",
)
"""What Pillow must refuse. For EPS it starts another program; PPM is harmless, and not on our list.
"""

FORMATS = tuple(kind.format for kind in (*(kind for _, kind in MAGIC), WEBP, AVIF, HEIF))
"""All that Pillow is ever told to try."""


def doors_are_shut() -> bool:
    """Whether nothing but the formats that we take can be opened."""
    return not any(_ffmpeg_opens(data) for data in PLAYLISTS) and not any(
        _pillow_opens(data) for data in PAGES
    )


def _ffmpeg_opens(data: bytes) -> bool:
    try:
        with contextlib.closing(av.open(io.BytesIO(data), mode="r", options=OPTIONS)):
            return True
    except av.error.FFmpegError:
        return False


def _pillow_opens(data: bytes) -> bool:
    for form in FORMATS:
        try:
            with Image.open(io.BytesIO(data), formats=(form,)):
                return True
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
            continue
    return False
