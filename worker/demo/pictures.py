"""Procedural pictures and clips that look like something, tinted red or blue.

They are what the tiny checkpoint learns from and what the demo uploads. The tint is the only
thing that tells their label: red is "real", blue is "fake". No claim about detection is in them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float64]
"""Brightness, shape ``(height, width)``, about 0 to 1."""
Pixels = npt.NDArray[np.uint8]

Motif = Callable[[np.random.Generator, Plane, Plane, float], Plane]
"""Draws at coordinates ``x`` and ``y`` (0 to 1) and time ``t`` (0 to 1)."""

DARKEST, SPAN = 60.0, 110.0
"""Brightness runs from 60 to 170, so that a tint of 60 on either side clips nothing."""
TINT = 60.0


def _gradient(rng: np.random.Generator, x: Plane, y: Plane, t: float) -> Plane:
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    return np.asarray(0.5 + 0.5 * np.sin(np.pi * along + 2 * np.pi * t))


def _stripes(rng: np.random.Generator, x: Plane, y: Plane, t: float) -> Plane:
    angle, count = rng.uniform(0, np.pi), rng.uniform(4, 18)
    along = x * np.cos(angle) + y * np.sin(angle)
    return np.asarray(np.sin(2 * np.pi * (count * along + t)) > 0, dtype=np.float64)


def _rings(rng: np.random.Generator, x: Plane, y: Plane, t: float) -> Plane:
    cx, cy, count = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8), rng.uniform(4, 14)
    return 0.5 + 0.5 * np.sin(2 * np.pi * (count * np.hypot(x - cx, y - cy) - t))


def _bokeh(rng: np.random.Generator, x: Plane, y: Plane, t: float) -> Plane:
    plane = np.full_like(x, 0.15)
    for _ in range(14):
        cx, cy, radius = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.04, 0.16)
        drift = rng.uniform(-0.2, 0.2) * t
        disc = np.clip((radius - np.hypot(x - cx - drift, y - cy)) / 0.02, 0, 1)
        plane = np.maximum(plane, disc * rng.uniform(0.4, 1.0))
    return plane


def _plasma(rng: np.random.Generator, x: Plane, y: Plane, t: float) -> Plane:
    plane = np.zeros_like(x)
    for _ in range(6):
        fx, fy, phase = rng.uniform(-5, 5), rng.uniform(-5, 5), rng.uniform(0, 2 * np.pi)
        plane += np.sin(2 * np.pi * (fx * x + fy * y + 0.5 * t) + phase)
    return 0.5 + plane / 12


def _blocks(rng: np.random.Generator, x: Plane, y: Plane, t: float) -> Plane:
    plane = np.full_like(x, 0.5)
    for _ in range(12):
        left, top = rng.uniform(-0.2, 0.9, 2)
        wide, high, shade = rng.uniform(0.08, 0.5), rng.uniform(0.08, 0.5), rng.uniform(0, 1)
        shift = rng.uniform(-0.3, 0.3) * t
        inside = (x > left + shift) & (x < left + wide + shift) & (y > top) & (y < top + high)
        plane[inside] = shade
    return plane


def _skyline(rng: np.random.Generator, x: Plane, y: Plane, t: float) -> Plane:
    plane = 0.9 - 0.4 * y
    for shade in (0.55, 0.35, 0.15):
        count = int(rng.integers(5, 14))
        heights = rng.uniform(0.1, 0.6, count)
        column = ((x + 0.1 * t) * count).astype(int) % count
        plane[y > 1 - heights[column]] = shade
    return plane


def _grain(rng: np.random.Generator, x: Plane, y: Plane, t: float) -> Plane:
    coarse = rng.uniform(0, 1, (12, 12))
    rows = np.minimum((y * 12).astype(int), 11)
    columns = ((x + 0.2 * t) * 12).astype(int) % 12
    return np.asarray(coarse[rows, columns])


MOTIFS: dict[str, Motif] = {
    "gradient": _gradient,
    "stripes": _stripes,
    "rings": _rings,
    "bokeh": _bokeh,
    "plasma": _plasma,
    "blocks": _blocks,
    "skyline": _skyline,
    "grain": _grain,
}


def picture(
    rng: np.random.Generator, tint: float, width: int, height: int, motif: str | None = None
) -> Pixels:
    """One picture, uint8 RGB, shape ``(height, width, 3)``; ``tint`` from -1 (blue) to 1 (red)."""
    frame: Pixels = clip(rng, tint, width, height, 1, motif)[0]
    return frame


def clip(
    rng: np.random.Generator,
    tint: float,
    width: int,
    height: int,
    frames: int,
    motif: str | None = None,
) -> Pixels:
    """A clip that moves, uint8 RGB, shape ``(frames, height, width, 3)``."""
    draw = MOTIFS[motif or str(rng.choice(list(MOTIFS)))]
    seed = int(rng.integers(2**32))
    grain = rng.normal(0, rng.uniform(0, 8), (height, width, 3))
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    made = np.empty((frames, height, width, 3), dtype=np.uint8)
    for n in range(frames):
        # The same seed for every frame: what moves is time, not the drawing.
        plane = draw(np.random.default_rng(seed), x, y, n / max(1, frames))
        colour = DARKEST + SPAN * np.clip(plane, 0, 1)[..., None] + grain
        colour[..., 0] += TINT * tint
        colour[..., 2] -= TINT * tint
        made[n] = np.clip(colour, 0, 255).astype(np.uint8)
    return made
