"""A set of encoded pictures and clips with known artifacts, and its list.

Half are real: the same scenes, sizes and codecs, without an artifact. So format, resolution and
length tell nothing of the label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from worker.demo.samples import FPS
from worker.domain.media import MediaKind
from worker.labelled.items import LabelledItem, Truth
from worker.labelled.written import write_listing
from worker.training.synthetic.artifacts import ARTIFACTS, Pixels, explanation
from worker.training.synthetic.scenes import scene

SIDE = 112
"""Four tokens of 28 x 28 pixels on a side: the least with an inside and an outside to a patch."""

SECONDS = 4
X264 = {"x264-params": "sliced-threads=0:rc-lookahead=0"}
"""On one thread and without looking ahead x264 writes the same bytes each time."""

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
        known = [one for one in ARTIFACTS if kind is MediaKind.VIDEO or not one.clips_only]
        for number in range(count):
            artifact = None if number % 2 else known[number // 2 % len(known)]
            label = Truth.REAL if artifact is None else Truth.FAKE
            group = REAL if artifact is None else artifact.name
            place = folder / wanted.split / group
            place.mkdir(parents=True, exist_ok=True)
            stem = place / f"{kind.value}-{number:05d}"
            frames, caption = scene(rng, SIDE, 1 if kind is MediaKind.IMAGE else FPS * SECONDS)
            if artifact is not None:
                artifact.draw(rng, frames)
            path = _encoded(stem, kind, frames, rng)
            name, said = str(path.relative_to(folder)), explanation(artifact)
            yield LabelledItem(path, name, label, group, said, wanted.split), caption


def _encoded(stem: Path, kind: MediaKind, frames: Pixels, rng: np.random.Generator) -> Path:
    if kind is MediaKind.VIDEO:
        path = stem.with_suffix(".mp4")
        _write_clip(path, frames)
        return path
    picture = Image.fromarray(frames[0])
    if rng.random() < 0.5:
        path = stem.with_suffix(".png")
        picture.save(path)
    else:
        path = stem.with_suffix(".jpg")
        picture.save(path, quality=int(rng.integers(*JPEG_QUALITIES)))
    return path


def _write_clip(path: Path, frames: Pixels) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS))
        stream.width = stream.height = SIDE
        stream.pix_fmt, stream.thread_count, stream.options = "yuv420p", 1, X264
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
