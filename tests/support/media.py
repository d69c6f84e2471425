"""Encoded media for tests: real files, made here."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

from tests.support.ordinary_priority import ordinary_priority
from worker.demo.pictures import Pixels, clip, picture


def pixels(tint: float, width: int = 120, height: int = 90, seed: int = 0) -> Pixels:
    """A picture, uint8 RGB."""
    return picture(np.random.default_rng(seed), tint, width, height)


def encode(image: Image.Image, form: str, **options: Any) -> bytes:
    """An image file."""
    packed = io.BytesIO()
    image.save(packed, form, **options)
    return packed.getvalue()


def image_file(
    tint: float, form: str = "PNG", width: int = 120, height: int = 90, seed: int = 0
) -> bytes:
    """A picture as a file."""
    if form == "HEIF":
        from pillow_heif import register_heif_opener

        register_heif_opener()
    return encode(Image.fromarray(pixels(tint, width, height, seed)), form)


def video_file(
    tint: float,
    *,
    container: str = "mp4",
    codec: str = "libx264",
    frames: int = 24,
    fps: int = 8,
    width: int = 128,
    height: int = 96,
    gop: int = 12,
    seed: int = 0,
) -> bytes:
    """A clip as a file."""
    moving = clip(np.random.default_rng(seed), tint, width, height, frames)
    return encode_video(moving, container=container, codec=codec, fps=fps, gop=gop)


@ordinary_priority()
def encode_video(
    moving: Pixels, *, container: str = "mp4", codec: str = "libx264", fps: int = 8, gop: int = 12
) -> bytes:
    """Frames of shape ``(frames, height, width, 3)`` as a file."""
    packed = io.BytesIO()
    _, height, width, _ = moving.shape
    with av.open(packed, "w", format=container) as out:
        stream = out.add_stream(codec, rate=Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.gop_size = gop
        for frame in moving:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode(None))
    return packed.getvalue()
