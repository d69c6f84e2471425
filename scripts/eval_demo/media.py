"""A small labelled set of encoded pictures and clips, some of which the tiny checkpoint errs on.

It knows red from blue. The tints are drawn about the colour at which it changes its mind, each
source with its own lean, so that some sources are harder than others. It measures nothing but
colours: the set is there to show the harness.
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

CLIP_FRAMES = 24
"""Two seconds: the model sees two frames of it."""


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


SOURCES = (
    Source("real", "camera", "skyline", -0.05, 0.25, "jpg", (320, 240), 24),
    Source("real", "phone", "bokeh", -0.08, 0.2, "webp", (600, 520), 20),
    Source("fake", "stripe-gan", "stripes", -0.9, -0.2, "png", (240, 180), 12),
    Source("fake", "plasma-diffusion", "plasma", -0.15, 0.05, "jpg", (600, 520), 12),
    Source("fake", "block-flow", "blocks", -0.12, 0.08, "png", (320, 240), 12),
    Source("real", "footage", "gradient", -0.06, 0.3, "mp4", (128, 96), 16),
    Source("fake", "ring-video", "rings", -0.8, -0.05, "mp4", (128, 96), 6),
    Source("fake", "grain-video", "grain", -0.15, 0.1, "mp4", (128, 96), 6),
)


def make_set(folder: Path) -> Path:
    """Draw it, the same each time, with Ivy-Fake's field names; returns its list."""
    rng = np.random.default_rng(SEED)
    lines = []
    for source in SOURCES:
        place = folder / source.label / source.name
        place.mkdir(parents=True, exist_ok=True)
        for number in range(source.count):
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
    (folder / "fake" / "stripe-gan" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    lines.append(
        {
            "rel_path": "fake/stripe-gan/torn.png",
            "label": "fake",
            "generator": "stripe-gan",
            "raw_ground_truth": "<think>Torn.</think><conclusion>fake</conclusion>",
        }
    )
    listing = folder / "test.jsonl"
    listing.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return listing


def _draw(file: Path, source: Source, tint: float, rng: np.random.Generator) -> None:
    width, height = source.size
    if source.suffix == "mp4":
        write_video(file, clip(rng, tint, width, height, CLIP_FRAMES, source.motif), "libx264")
    else:
        Image.fromarray(picture(rng, tint, width, height, source.motif)).save(file)


def _annotation(source: Source, tint: float) -> str:
    kind = "video" if source.suffix == "mp4" else "image"
    colour = "red" if tint > 0 else "blue"
    reasoning = f"The {source.motif} of this {kind} are mostly {colour}."
    return f"<think>{reasoning}</think><conclusion>{source.label}</conclusion>"
