"""Make worker/decode/samples/: a file of each format, as small as its encoder lets it.

    python scripts/make_samples.py

A decode process takes each of them once at its start, so that no library loads anything later. They
are kept, not made there: encoders have no business in it.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image
from pillow_heif import register_heif_opener

from tests.support.c2pa_signer import Signer, created

FOLDER = Path(__file__).parent.parent / "worker" / "decode" / "samples"

SIDE = 64
"""The smallest that every encoder here takes."""

STILL = {"photo.jpg": "JPEG", "still.bmp": "BMP", "still.tif": "TIFF", "still.heic": "HEIF"}
MOVING = {"moving.png": "PNG", "moving.gif": "GIF", "moving.webp": "WEBP", "moving.avif": "AVIF"}
VIDEOS = {
    "h264.mp4": "libx264",
    "hevc.mov": "libx265",
    "av1.mp4": "libsvtav1",
    "mpeg4.mp4": "mpeg4",
    "vp8.webm": "libvpx",
    "vp9.mkv": "libvpx-vp9",
}
CONTAINERS = {"mp4": "mp4", "mov": "mov", "webm": "webm", "mkv": "matroska"}

Pixels = npt.NDArray[np.uint8]


def main() -> None:
    """Write all of them."""
    register_heif_opener()
    FOLDER.mkdir(exist_ok=True)
    slope = np.arange(SIDE, dtype=np.uint8) * 3
    frames = [np.repeat((slope + shade)[:, None], SIDE * 3, 1) for shade in (0, 40)]
    pictures = [frame.reshape(SIDE, SIDE, 3) for frame in frames]
    for name, form in STILL.items():
        (FOLDER / name).write_bytes(_image(pictures[:1], form))
    for name, form in MOVING.items():
        (FOLDER / name).write_bytes(_image(pictures, form))
    for name, codec in VIDEOS.items():
        (FOLDER / name).write_bytes(_video(pictures, name.rpartition(".")[2], codec))
    photo = (FOLDER / "photo.jpg").read_bytes()
    signed = Signer.make().sign(photo, "image/jpeg", [created("trainedAlgorithmicMedia")])
    (FOLDER / "signed.jpg").write_bytes(signed)


def _image(pictures: list[Pixels], form: str) -> bytes:
    first, *others = (Image.fromarray(picture) for picture in pictures)
    more: dict[str, Any] = {"save_all": True, "append_images": others} if others else {}
    packed = io.BytesIO()
    first.save(packed, form, **more)
    return packed.getvalue()


def _video(pictures: list[Pixels], suffix: str, codec: str) -> bytes:
    packed = io.BytesIO()
    with av.open(packed, "w", format=CONTAINERS[suffix]) as out:
        stream = out.add_stream(codec, rate=Fraction(8))
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return packed.getvalue()


if __name__ == "__main__":
    main()
