"""A small labelled set of encoded pictures and clips, some of which the tiny checkpoint errs on.

It knows red from blue. The tints are drawn about the colour at which it changes its mind, each
source with its own lean, so that some sources are harder than others. It measures nothing but
colours: the set is there to show the harness.

It leaks, as many published sets do: most fakes are PNG, the real ones JPEG and WebP, and generated
clips are shorter. The controls are to find that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from worker.demo.pictures import clip, picture
from worker.drawn.video import write_video

SEED = 9

FILMED_FRAMES, GENERATED_FRAMES = (28, 40), (24, 26)
"""Fewest and most: some three seconds, and two. The model sees a frame a second."""


@dataclass(frozen=True, slots=True)
class Source:
    """Media of one label and make, tinted from ``least`` to ``most`` (red above 0, blue below)."""

    label: str
    name: str
    motif: str
    least: float
    most: float
    suffix: str
    size: tuple[int, int]
    count: int


TRAINING = 20
"""Of each source, for the baseline: no fewer of a label and kind can be fitted to."""

SOURCES = (
    Source("real", "camera", "skyline", -0.05, 0.25, "jpg", (320, 240), 24),
    Source("real", "phone", "bokeh", -0.08, 0.2, "webp", (600, 520), 20),
    Source("fake", "stripe-gan", "stripes", -0.9, -0.2, "png", (240, 180), 12),
    Source("fake", "plasma-diffusion", "plasma", -0.15, 0.05, "jpg", (600, 520), 12),
    Source("fake", "block-flow", "blocks", -0.12, 0.08, "png", (320, 240), 12),
    Source("real", "footage", "gradient", -0.06, 0.3, "mp4", (128, 96), 24),
    Source("fake", "ring-video", "rings", -0.8, -0.05, "mp4", (128, 96), 12),
    Source("fake", "grain-video", "grain", -0.15, 0.1, "mp4", (128, 96), 12),
)


def make_set(folder: Path) -> tuple[Path, Path]:
    """Draw it, the same each time, with Ivy-Fake's field names; returns its two lists.

    A training part, for the baseline, and the part that is measured on.
    """
    rng = np.random.default_rng(SEED)
    test = _part(folder, "test", {source.name: source.count for source in SOURCES}, rng)
    torn = "test/fake/stripe-gan/torn.png"
    (folder / torn).write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    test.append(
        {
            "rel_path": torn,
            "label": "fake",
            "generator": "stripe-gan",
            "raw_ground_truth": "<think>Torn.</think><conclusion>fake</conclusion>",
        }
    )
    train = _part(folder, "train", dict.fromkeys((one.name for one in SOURCES), TRAINING), rng)
    return _list(folder / "train.jsonl", train), _list(folder / "test.jsonl", test)


def _part(
    folder: Path, split: str, counts: dict[str, int], rng: np.random.Generator
) -> list[dict[str, str]]:
    lines = []
    for source in SOURCES:
        place = folder / split / source.label / source.name
        place.mkdir(parents=True, exist_ok=True)
        for number in range(counts[source.name]):
            file = place / f"{number:02d}.{source.suffix}"
            tint = float(rng.uniform(source.least, source.most))
            _draw(file, source, tint, rng)
            lines.append(
                {
                    "rel_path": str(file.relative_to(folder)),
                    "label": source.label,
                    "generator": source.name,
                    "raw_ground_truth": _annotation(source, tint),
                }
            )
    return lines


def _list(file: Path, lines: list[dict[str, str]]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def _draw(file: Path, source: Source, tint: float, rng: np.random.Generator) -> None:
    width, height = source.size
    if source.suffix == "mp4":
        lengths = GENERATED_FRAMES if source.label == "fake" else FILMED_FRAMES
        frames = int(rng.integers(*lengths, endpoint=True))
        write_video(file, clip(rng, tint, width, height, frames, source.motif), "libx264")
    else:
        Image.fromarray(picture(rng, tint, width, height, source.motif)).save(file)


def _annotation(source: Source, tint: float) -> str:
    kind = "video" if source.suffix == "mp4" else "image"
    colour = "red" if tint > 0 else "blue"
    reasoning = f"The {source.motif} of this {kind} are mostly {colour}."
    return f"<think>{reasoning}</think><conclusion>{source.label}</conclusion>"
