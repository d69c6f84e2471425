"""The media that costs are measured with: drawn here, or a person's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from worker.demo.pictures import Pixels, clip, picture
from worker.demo.samples import SECONDS, find_samples
from worker.drawn.video import FPS, write_video

SEED = 4711

IMAGE_SIZES = ((640, 480), (1920, 1080), (4000, 3000))
"""0.3, 2 and 12 megapixels: a thumbnail, a screenshot, a phone's camera."""

VIDEO_SIZES = ((320, 240), (1280, 720))
"""0.08 and 0.9 megapixels a frame."""

PER_SIZE = 2
"""A red and a blue one: the tiny checkpoint writes different answers about them."""


class NoMedia(Exception):
    """There is nothing to measure with; the text says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One file."""

    path: Path


def draw(folder: Path, drawn: Callable[[], None]) -> list[Subject]:
    """JPEGs and H.264 clips of several sizes, the same ones each time; ``drawn`` tells of each."""
    rng = np.random.default_rng(SEED)
    subjects = []
    for width, height in IMAGE_SIZES:
        for number in range(PER_SIZE):
            path = folder / f"{width}x{height}-{number}.jpg"
            small = picture(rng, _tint(number), *_small(width, height), "plasma")
            Image.fromarray(_enlarged(small, width, height, rng)).save(path, quality=88)
            subjects.append(Subject(path))
            drawn()
    for width, height in VIDEO_SIZES:
        for number in range(PER_SIZE):
            path = folder / f"{width}x{height}-{number}.mp4"
            small = clip(rng, _tint(number), *_small(width, height), FPS * SECONDS, "gradient")
            frames = np.stack([_enlarged(frame, width, height, rng) for frame in small])
            write_video(path, frames, "libx264")
            subjects.append(Subject(path))
            drawn()
    return subjects


def _tint(number: int) -> float:
    return 0.8 if number % 2 else -0.8


def _small(width: int, height: int) -> tuple[int, int]:
    """What is drawn, at most: drawing twelve megapixels takes half a minute."""
    scale = min(1.0, DRAWN_WIDTH / width)
    return round(width * scale), round(height * scale)


def _enlarged(pixels: Pixels, width: int, height: int, rng: np.random.Generator) -> Pixels:
    """In its full size, with grain: a decoder has as much to do as with a camera's picture."""
    whole = np.asarray(Image.fromarray(pixels).resize((width, height)), dtype=np.int16)
    grain = rng.integers(-GRAIN, GRAIN + 1, whole.shape, dtype=np.int16)
    return np.clip(whole + grain, 0, 255).astype(np.uint8)


DRAWN_WIDTH = 320
GRAIN = 6
"""Levels on either side: a JPEG of 12 megapixels comes to some 3 MB, as from a phone."""

COUNT = PER_SIZE * (len(IMAGE_SIZES) + len(VIDEO_SIZES))
"""How many are drawn."""

MOST = 200
"""Of a person's own files: a sample tells as much, and pixels of all are held."""


def find(folder: Path) -> Sequence[Subject]:
    """A person's own files, evenly picked if there are very many. Raises ``NoMedia``."""
    found = [Subject(sample.path) for sample in find_samples(folder)]
    if not found:
        raise NoMedia(f"--media: there is no file in {folder}")
    return found[:: -(-len(found) // MOST)]
