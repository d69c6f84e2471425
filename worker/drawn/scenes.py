"""Backgrounds that look like something: hills below a sky, with the grain of a sensor."""

from __future__ import annotations

import numpy as np
from PIL import Image

from worker.drawn.artifacts import Pixels

SHAPES = ((112, 112), (140, 84), (84, 140))
"""Width and height as the model sees them, in tokens of 28 x 28 pixels: about four on a side are
the least with an inside and an outside to a patch."""

OCTAVES = (3, 6, 12, 24, 48)
"""Cells on a side: detail at every scale, as natural pictures have it (their spectrum falls by 1/f;
Field, 1987)."""

SKIES = {"blue": (150, 180, 215), "golden": (205, 190, 165), "pale": (170, 170, 175)}
GROUNDS = {"green": (95, 115, 75), "brown": (125, 105, 80), "grey": (110, 110, 105)}
CAPTION = "{ground} hills below a {sky} sky."
GRAIN = 24.0
"""Standard deviation of the sensor's noise, in levels of 255: a camera's at night. With less of it
a patch without any is hard to tell for a model of some hundred thousand parameters."""


def scene(rng: np.random.Generator, width: int, height: int, frames: int = 1) -> tuple[Pixels, str]:
    """A scene, uint8 RGB, shape ``(frames, height, width, 3)``, and its caption.

    The camera pans in a clip.
    """
    side = max(width, height)
    texture = _texture(rng, side)[:height, :width]
    horizon = rng.uniform(0.2, 0.6)
    sky, ground = str(rng.choice(list(SKIES))), str(rng.choice(list(GROUNDS)))
    rows = np.linspace(0, 1, height)[:, None]
    hills = horizon + 0.12 * _texture(rng, side).mean(axis=0)[None, :width]
    above = np.clip((hills - rows) * 12 + 0.5, 0, 1)[..., None]
    base = above * np.array(SKIES[sky]) + (1 - above) * np.array(GROUNDS[ground])
    light = rng.uniform(0.85, 1.15)
    pan = rng.uniform(-0.25, 0.25) * width
    made = np.empty((frames, height, width, 3), dtype=np.uint8)
    for number in range(frames):
        moved = round(pan * number / max(1, frames))
        shown = np.roll(base * light + 30 * texture[..., None], moved, axis=1)
        shown = shown + rng.normal(0, GRAIN, shown.shape)
        made[number] = np.clip(shown, 0, 255).astype(np.uint8)
    return made, CAPTION.format(sky=sky, ground=ground.capitalize())


def enlarged(frames: Pixels, times: int) -> Pixels:
    """The same, ``times`` as large on each side: a resizer that goes back finds what was drawn."""
    if times == 1:
        return frames
    _, height, width, _ = frames.shape
    size = (width * times, height * times)
    return np.stack(
        [np.asarray(Image.fromarray(one).resize(size, Image.Resampling.LANCZOS)) for one in frames]
    )


def _texture(
    rng: np.random.Generator, side: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Noise of several octaves, about -2 to 2, shape ``(side, side)``."""
    plane = np.zeros((side, side))
    for cells in OCTAVES:
        coarse = rng.normal(0, 1, (cells + 1, cells + 1))
        at = np.linspace(0, cells, side, endpoint=False)
        low, part = at.astype(int), at % 1
        rows = coarse[low] * (1 - part)[:, None] + coarse[low + 1] * part[:, None]
        both = rows[:, low] * (1 - part) + rows[:, low + 1] * part
        plane += both * (3 / cells) ** 0.5
    return plane
