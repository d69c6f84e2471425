"""Small files of every type that we take, to be mutated."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from tests.support.clips import clip_file, turned
from tests.support.media import encode, image_file, pixels, video_file

SIDES = (48, 36)


@cache
def sample_media() -> dict[str, bytes]:
    """By a name that tells what is in it."""
    picture = Image.fromarray(pixels(0.5, *SIDES))
    frames = [Image.fromarray(pixels(0.5, *SIDES, seed=seed)) for seed in range(3)]
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    moving = {"save_all": True, "append_images": frames[1:], "duration": 100}
    deep = Image.fromarray(np.arange(SIDES[0] * SIDES[1], dtype=np.uint16).reshape(SIDES[::-1]))
    return {
        **{form.lower(): image_file(0.5, form, *SIDES) for form in ("PNG", "BMP", "AVIF", "HEIF")},
        "jpeg": encode(picture, "JPEG", quality=80, exif=exif.tobytes(), icc_profile=profile),
        "jpeg-progressive": encode(picture, "JPEG", progressive=True, subsampling=0),
        "jpeg-cmyk": encode(picture.convert("CMYK"), "JPEG"),
        "png-palette": encode(picture.convert("P"), "PNG", transparency=3),
        "png-16": encode(deep, "PNG"),
        "png-animated": encode(frames[0], "PNG", **moving),
        "gif": encode(frames[0], "GIF", **moving),
        "webp": encode(picture.convert("RGBA"), "WEBP", quality=60, exif=exif.tobytes()),
        "webp-lossless": encode(picture, "WEBP", lossless=True),
        "webp-animated": encode(frames[0], "WEBP", **moving),
        "avif-animated": encode(frames[0], "AVIF", **moving),
        "tiff": encode(picture, "TIFF", compression="tiff_lzw"),
        "tiff-deflate": encode(picture, "TIFF", compression="tiff_adobe_deflate"),
        "mp4": video_file(0.5, frames=8, width=64, height=48),
        "mp4-turned": turned(clip_file(6, 6, 64, 48)),
        "mov": video_file(0.5, container="mov", frames=8, width=64, height=48),
        "mkv-uneven": clip_file(
            5, 5, 64, 48, container="matroska", times_ms=(0, 40, 400, 401, 900)
        ),
        "webm": clip_file(4, 4, 64, 48, container="webm", codec="libvpx-vp9"),
        "mp4-mpeg4": video_file(0.5, codec="mpeg4", frames=6, width=64, height=48),
        "xmp": _with_xmp(picture),
    }


def _with_xmp(picture: Image.Image) -> bytes:
    packed = io.BytesIO()
    picture.save(packed, "JPEG", xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>")
    return packed.getvalue()
