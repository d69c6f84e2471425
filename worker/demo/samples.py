"""Sample media: pictures and clips in every format that we take, drawn here, none downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from worker.demo.origins import origin_options
from worker.demo.pictures import MOTIFS, Pixels, clip, picture
from worker.domain.verdict import Label

SEED = 20260
IMAGE_SIZES = ((640, 480), (480, 640), (1024, 768), (320, 320), (800, 300), (64, 64))
VIDEO_SIZE = (320, 240)
FPS = 12
SECONDS = 4

IMAGE_FORMATS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("jpg", {"format": "JPEG", "quality": 88}),
    ("png", {"format": "PNG"}),
    ("webp", {"format": "WEBP", "quality": 85}),
    ("gif", {"format": "GIF"}),
    ("avif", {"format": "AVIF", "quality": 80}),
    ("heic", {"format": "HEIF", "quality": 80}),
)
IMAGES = 42

VIDEO_FORMATS = (
    ("mp4", "libx264"),
    ("webm", "libvpx-vp9"),
    ("mov", "libx264"),
    ("mkv", "libx264"),
)
VIDEOS = 9

LONG_S, INSERT_AT_S, INSERT_S = 90, 42, 4
LONG_SIZE = (128, 96)
"""The last video: red, and blue for four seconds in a minute and a half."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to upload, and the label that it must get, where that is known."""

    path: Path
    expected: Label | None = None


def make_samples(folder: Path, made: Callable[[], None] = lambda: None) -> list[Sample]:
    """Draw the samples into ``folder``, the same ones each time; ``made`` is told of each."""
    from pillow_heif import register_heif_opener

    register_heif_opener()
    rng = np.random.default_rng(SEED)
    samples = []
    for sample in (*_images(folder, rng), *_videos(folder, rng)):
        samples.append(sample)
        made()
    return samples


def find_samples(folder: Path) -> list[Sample]:
    """A person's own files: no label is known."""
    return [
        Sample(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.parts[-2:])
    ]


def _name(number: int, colour: str, motif: str, suffix: str) -> str:
    return f"{number:02d}-{colour}-{motif}.{suffix}"


def _tints(rng: np.random.Generator, count: int) -> Iterator[tuple[str, float, Label]]:
    """Red and blue by turns, in any strength that the eye can tell from grey."""
    for number in range(count):
        strength = float(rng.uniform(0.35, 1.0))
        if number % 2:
            yield "blue", -strength, Label.AI_GENERATED
        else:
            yield "red", strength, Label.AUTHENTIC


def _images(folder: Path, rng: np.random.Generator) -> Iterator[Sample]:
    motifs = list(MOTIFS)
    for number, (colour, tint, label) in enumerate(_tints(rng, IMAGES), start=1):
        suffix, options = IMAGE_FORMATS[(number - 1) // 2 % len(IMAGE_FORMATS)]
        motif = motifs[number % len(motifs)]
        width, height = IMAGE_SIZES[number % len(IMAGE_SIZES)]
        path = folder / _name(number, colour, motif, suffix)
        image = Image.fromarray(picture(rng, tint, width, height, motif))
        image.save(path, **options, **origin_options(suffix, colour))
        yield Sample(path, label)


def _videos(folder: Path, rng: np.random.Generator) -> Iterator[Sample]:
    motifs = list(MOTIFS)
    for number, (colour, tint, label) in enumerate(_tints(rng, VIDEOS - 1), start=IMAGES + 1):
        suffix, codec = VIDEO_FORMATS[(number - IMAGES - 1) // 2]
        motif = motifs[number % len(motifs)]
        path = folder / _name(number, colour, motif, suffix)
        write_video(path, clip(rng, tint, *VIDEO_SIZE, FPS * SECONDS, motif), codec)
        yield Sample(path, label)
    path = folder / f"{IMAGES + VIDEOS:02d}-red-with-blue-insert.mp4"
    write_video(path, _with_insert(rng), "libx264")
    yield Sample(path, Label.AI_GENERATED)


def _with_insert(rng: np.random.Generator) -> Pixels:
    frames = clip(rng, 0.7, *LONG_SIZE, FPS * LONG_S, "gradient")
    begin, count = FPS * INSERT_AT_S, FPS * INSERT_S
    frames[begin : begin + count] = clip(rng, -0.7, *LONG_SIZE, count, "gradient")
    return frames


def write_video(path: Path, frames: Pixels, codec: str) -> None:
    """Encode frames, shape ``(frames, height, width, 3)``, at ``FPS``; the suffix names the box."""
    _, height, width, _ = frames.shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec == "libvpx-vp9":
            stream.options = {"deadline": "realtime", "cpu-used": "8"}
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
