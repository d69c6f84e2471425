"""Textures without text that look a little like it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float64]


def _bars(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    """As a bar code has."""
    edges = np.cumsum(rng.integers(3, 14, 400))
    return np.asarray(np.searchsorted(edges, x) % 2, dtype=np.float64)


def _fine_stripes(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    pitch = rng.uniform(6, 24)
    return np.asarray((y // pitch) % 2, dtype=np.float64)


def _grid(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    pitch = rng.integers(14, 40)
    return np.asarray((x % pitch < 2) | (y % pitch < 2), dtype=np.float64)


def _checks(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    pitch = rng.integers(8, 30)
    return np.asarray((x // pitch + y // pitch) % 2, dtype=np.float64)


def _dots(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    pitch = rng.integers(10, 30)
    return np.asarray(np.hypot(x % pitch - pitch / 2, y % pitch - pitch / 2) < pitch / 3, float)


def _bricks(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    high, wide = 24, 60
    shift = (y // high % 2) * wide / 2
    return np.asarray(~((y % high < 3) | ((x + shift) % wide < 3)), dtype=np.float64)


def _windows(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    """A house at night."""
    lit = rng.uniform(size=(400, 400)) < 0.5
    inside = (x % 26 > 8) & (y % 34 > 12)
    return np.asarray(inside & lit[(y // 34).astype(int), (x // 26).astype(int)], dtype=np.float64)


def _keys(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    """Of a piano."""
    white = (x % 40) > 2
    black = ((x + 13) % 40 < 24) & (y < y.max() * 0.6) & ((x // 40) % 7 != 2)
    return np.asarray(white & ~black, dtype=np.float64)


def _twigs(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    plane = np.zeros_like(x)
    for _ in range(60):
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-1, 1) * x.max()
        near = np.abs(x * np.cos(angle) + y * np.sin(angle) - offset) < 2
        cut = np.abs(x - rng.uniform(0, x.max())) < 60
        plane[near & cut] = 1
    return plane


def _leaves(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    """Noise of one scale, cut into light and dark."""
    rows, columns = x.shape
    coarse = rng.integers(0, 256, (rows // 8 + 2, columns // 8 + 2), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize((columns, rows), Image.Resampling.BICUBIC)
    return np.asarray(np.asarray(smooth) > 128, dtype=np.float64)


def _film_grain(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    return np.asarray(0.5 + rng.normal(0, 0.2, x.shape))


def _fence(rng: np.random.Generator, x: Plane, y: Plane) -> Plane:
    return np.asarray(((x + y) % 22 < 3) | ((x - y) % 22 < 3), dtype=np.float64)


TEXTURES: dict[str, Callable[[np.random.Generator, Plane, Plane], Plane]] = {
    "bars": _bars,
    "fine stripes": _fine_stripes,
    "grid": _grid,
    "checks": _checks,
    "dots": _dots,
    "bricks": _bricks,
    "windows": _windows,
    "keys": _keys,
    "twigs": _twigs,
    "leaves": _leaves,
    "film grain": _film_grain,
    "fence": _fence,
}


def texture(rng: np.random.Generator, name: str, width: int, height: int) -> Pixels:
    """One picture, uint8 RGB, shape ``(height, width, 3)``, between two colours."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    plane = np.clip(TEXTURES[name](rng, x, y), 0, 1)[..., None]
    dark, light = rng.uniform(0, 110, 3), rng.uniform(140, 255, 3)
    return np.asarray(dark + (light - dark) * plane, dtype=np.uint8)
