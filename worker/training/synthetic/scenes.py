"""Backgrounds that look like something: hills below a sky, with the grain of a sensor."""

from __future__ import annotations

import numpy as np

from worker.training.synthetic.artifacts import Pixels

OCTAVES = (3, 6, 12, 24, 48)
"""Cells on a side: detail at every scale, as natural pictures have it (their spectrum falls by 1/f;
Field, 1987)."""

SKIES = {"blue": (150, 180, 215), "golden": (205, 190, 165), "pale": (170, 170, 175)}
GROUNDS = {"green": (95, 115, 75), "brown": (125, 105, 80), "grey": (110, 110, 105)}
CAPTION = "{ground} hills below a {sky} sky."
GRAIN = 9.0
"""Standard deviation of the sensor's noise, in levels of 255: a camera's at dusk."""


def scene(rng: np.random.Generator, side: int, frames: int) -> tuple[Pixels, str]:
    """A scene, uint8 RGB, shape ``(frames, side, side, 3)``, and its caption.

    The camera pans in a clip.
    """
    texture = _texture(rng, side)
    horizon = rng.uniform(0.2, 0.6)
    sky, ground = str(rng.choice(list(SKIES))), str(rng.choice(list(GROUNDS)))
    rows = np.linspace(0, 1, side)[:, None]
    hills = horizon + 0.12 * _texture(rng, side).mean(axis=0)[None, :]
    above = np.clip((hills - rows) * 12 + 0.5, 0, 1)[..., None]
    base = above * np.array(SKIES[sky]) + (1 - above) * np.array(GROUNDS[ground])
    light = rng.uniform(0.85, 1.15)
    pan = rng.uniform(-0.25, 0.25) * side
    made = np.empty((frames, side, side, 3), dtype=np.uint8)
    for number in range(frames):
        moved = round(pan * number / max(1, frames))
        shown = np.roll(base * light + 30 * texture[..., None], moved, axis=1)
        shown = shown + rng.normal(0, GRAIN, shown.shape)
        made[number] = np.clip(shown, 0, 255).astype(np.uint8)
    return made, CAPTION.format(sky=sky, ground=ground.capitalize())


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
