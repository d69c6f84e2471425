"""Sample media: pictures and clips in every format that we take, drawn here, none downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from worker.demo.origins import origin_options
from worker.domain.media import MediaKind
from worker.domain.taxonomy import Dimension
from worker.domain.verdict import Label
from worker.drawn.artifacts import ARTIFACTS, Artifact, Pixels, known
from worker.drawn.scenes import SHAPES, enlarged, scene
from worker.drawn.video import FPS, write_video

SEED = 20260
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
"""The last video: an artifact for four seconds in a minute and a half."""

CLEAN = "clean"
INSERTED = next(one for one in ARTIFACTS if one.dimension is Dimension.CHROMATIC_IRREGULARITY)
TIMES = (3, 4, 2)
"""Times that pictures are larger on a side than what the model sees of them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to upload, and what is true of it, where that is known."""

    path: Path
    expected: Label | None = None
    artifact: Dimension | None = None
    """What was drawn into it, as the taxonomy calls it."""


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


def _drawings(
    rng: np.random.Generator, kind: MediaKind, count: int, frames: int
) -> Iterator[tuple[Artifact | None, Pixels]]:
    """Clean scenes and scenes with an artifact by turns; shape and artifact by lot."""
    drawable = known(kind)
    for number in range(count):
        pixels, _ = scene(rng, *SHAPES[rng.integers(len(SHAPES))], frames)
        artifact = drawable[rng.integers(len(drawable))] if number % 2 else None
        if artifact is not None:
            artifact.draw(rng, pixels)
        yield artifact, pixels


def _named(folder: Path, number: int, artifact: Artifact | None, suffix: str) -> Path:
    return folder / f"{number:02d}-{artifact.name if artifact else CLEAN}.{suffix}"


def _sample(path: Path, artifact: Artifact | None) -> Sample:
    if artifact is None:
        return Sample(path, Label.AUTHENTIC)
    return Sample(path, Label.AI_GENERATED, artifact.dimension)


def _images(folder: Path, rng: np.random.Generator) -> Iterator[Sample]:
    for number, (artifact, pixels) in enumerate(_drawings(rng, MediaKind.IMAGE, IMAGES, 1)):
        suffix, options = IMAGE_FORMATS[number // 2 % len(IMAGE_FORMATS)]
        path = _named(folder, number + 1, artifact, suffix)
        origin = origin_options(suffix, fake=artifact is not None)
        shown = enlarged(pixels, int(rng.choice(TIMES)))
        Image.fromarray(shown[0]).save(path, **options, **origin)
        yield _sample(path, artifact)


def _videos(folder: Path, rng: np.random.Generator) -> Iterator[Sample]:
    drawings = _drawings(rng, MediaKind.VIDEO, VIDEOS - 1, FPS * SECONDS)
    for number, (artifact, pixels) in enumerate(drawings):
        suffix, codec = VIDEO_FORMATS[number // 2]
        path = _named(folder, IMAGES + number + 1, artifact, suffix)
        write_video(path, enlarged(pixels, 2), codec)
        yield _sample(path, artifact)
    path = folder / f"{IMAGES + VIDEOS:02d}-clean-with-{INSERTED.name}.mp4"
    write_video(path, _with_insert(rng), "libx264")
    yield _sample(path, INSERTED)


def _with_insert(rng: np.random.Generator) -> Pixels:
    frames, _ = scene(rng, *SHAPES[0], FPS * LONG_S)
    begin = FPS * INSERT_AT_S
    INSERTED.draw(rng, frames[begin : begin + FPS * INSERT_S])
    return frames
