"""Sound files, to be spoilt: each is made once."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np
from PIL import Image

from tests.support.media import encode, image_file, pixels, video_file
from tests.support.ordinary_priority import ordinary_priority

WIDTH, HEIGHT = 120, 90
"""Of pictures; clips are 128 x 96."""


@cache
def picture(form: str = "JPEG", **options: Any) -> bytes:
    """A picture of 120 x 90."""
    image_file(0.5, "HEIF")  # so that Pillow knows HEIF
    return encode(Image.fromarray(pixels(0.5, WIDTH, HEIGHT)), form, **options)


@cache
def clip(container: str = "mp4", codec: str = "libx264", frames: int = 12) -> bytes:
    """A clip of 128 x 96, at 8 frames a second."""
    return video_file(0.5, container=container, codec=codec, frames=frames)


@cache
def packets(
    codec: str = "libvpx", frames: int = 4, width: int = 128, height: int = 96
) -> tuple[bytes, ...]:
    """Coded frames without a container, a key frame first; none is kept back for later."""
    context: Any = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base = Fraction(1, 8)
    context.options = {"auto-alt-ref": "0", "lag-in-frames": "0", "deadline": "realtime"}
    found = []
    for number in range(frames):
        frame = av.VideoFrame.from_ndarray(pixels(0.5, width, height, number), format="rgb24")
        frame.pts = number
        found += [bytes(packet) for packet in context.encode(frame)]
    found += [bytes(packet) for packet in context.encode(None)]
    return tuple(found)


@cache
@ordinary_priority()
def coded(codec: str, container: str = "mp4", form: str = "yuv420p", **options: str) -> bytes:
    """A clip of 4 frames in this form of pixels, with these options of the coder."""
    packed = io.BytesIO()
    with av.open(packed, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=8)
        stream.width, stream.height, stream.pix_fmt = 128, 96, form
        stream.options = options
        for number in range(4):
            frame = av.VideoFrame.from_ndarray(pixels(0.5, 128, 96, number), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return packed.getvalue()


@cache
def sound(container: str = "mp4", codec: str = "aac") -> bytes:
    """A second of silence."""
    packed = io.BytesIO()
    with av.open(packed, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=48000, layout="mono")
        for number in range(46):
            kind = stream.codec_context.format.name
            values = np.zeros((1, 960), np.float32 if "flt" in kind else np.int16)
            silence = av.AudioFrame.from_ndarray(values, format=kind, layout="mono")
            silence.sample_rate, silence.pts = 48000, number * 960
            out.mux(stream.encode(silence))
        out.mux(stream.encode(None))
    return packed.getvalue()
