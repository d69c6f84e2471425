"""A set of encoded pictures and clips with known artifacts, and its list.

Half are real: the same scenes, sizes and codecs, without an artifact. So format, resolution and
length tell nothing of the label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from worker.domain.media import MediaKind
from worker.drawn.artifacts import Pixels, explanation, known
from worker.drawn.scenes import SHAPES, enlarged, scene
from worker.drawn.video import FPS, write_video
from worker.labelled.items import LabelledItem, Truth
from worker.labelled.written import write_listing

ENLARGED = {MediaKind.IMAGE: (1, 2, 3), MediaKind.VIDEO: (1, 2)}
"""Times that files are larger on a side than what the model sees of them."""

SECONDS = (3, 6)
"""Shortest and longest clip: a frame of each second is seen, six at most."""

LIST = "items.jsonl"
CAPTIONS = "captions.jsonl"
REAL = "clean"
"""The group of media without an artifact."""

JPEG_QUALITIES = (85, 97)
"""Softer ones blur by themselves."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many of each split."""

    split: str
    pictures: int
    clips: int


def make_set(
    folder: Path, wanted: tuple[Wanted, ...], seed: int, made: Callable[[], None] = lambda: None
) -> Path:
    """Draw the set into ``folder``, the same one for the same seed; its list.

    A second list, ``CAPTIONS``, has what each scene shows in place of what is wrong with it.
    ``made`` is told of each file. Raises ``OSError``.
    """
    items: list[LabelledItem] = []
    captions: list[LabelledItem] = []
    for one in wanted:
        # Each split has a stream of its own: a larger training set leaves the test set as it is.
        rng = np.random.default_rng([seed, *one.split.encode()])
        for item, caption in _split(folder, one, rng):
            items.append(item)
            captions.append(replace(item, reasoning=caption))
            made()
    listing = folder / LIST
    write_listing(items, listing)
    write_listing(captions, folder / CAPTIONS)
    return listing


def _split(
    folder: Path, wanted: Wanted, rng: np.random.Generator
) -> Iterator[tuple[LabelledItem, str]]:
    for kind, count in ((MediaKind.IMAGE, wanted.pictures), (MediaKind.VIDEO, wanted.clips)):
        drawable = known(kind)
        for number in range(count):
            artifact = None if number % 2 else drawable[number // 2 % len(drawable)]
            label = Truth.REAL if artifact is None else Truth.FAKE
            group = REAL if artifact is None else artifact.name
            place = folder / wanted.split / group
            place.mkdir(parents=True, exist_ok=True)
            stem = place / f"{kind.value}-{number:05d}"
            shape, times = SHAPES[rng.integers(len(SHAPES))], int(rng.choice(ENLARGED[kind]))
            seconds = int(rng.integers(*SECONDS, endpoint=True))
            frames, caption = scene(rng, *shape, FPS * seconds if kind is MediaKind.VIDEO else 1)
            if artifact is not None:
                artifact.draw(rng, frames)
            path = _encoded(stem, kind, enlarged(frames, times), rng)
            name, said = str(path.relative_to(folder)), explanation(artifact)
            yield LabelledItem(path, name, label, group, said, wanted.split), caption


def _encoded(stem: Path, kind: MediaKind, frames: Pixels, rng: np.random.Generator) -> Path:
    if kind is MediaKind.VIDEO:
        path = stem.with_suffix(".mp4")
        write_video(path, frames, "libx264")
        return path
    picture = Image.fromarray(frames[0])
    if rng.random() < 0.5:
        path = stem.with_suffix(".png")
        picture.save(path)
    else:
        path = stem.with_suffix(".jpg")
        picture.save(path, quality=int(rng.integers(*JPEG_QUALITIES)))
    return path
