"""The size that the model takes a picture in."""

from __future__ import annotations

import math

from worker.domain.recipe import TEMPORAL_PATCH, PixelGrid, Resizer

KEEPS_NARROW = frozenset({Resizer.PILLOW, Resizer.TORCHVISION_V1})
"""qwen-vl-utils rounds a side up to one cell at least; the processor's rule rounds one of less than
half a cell to none, and then enlarges the whole picture."""


def fit(
    height: int,
    width: int,
    grid: PixelGrid,
    resizer: Resizer = Resizer.TORCHVISION,
    frames: int = 1,
) -> tuple[int, int]:
    """Height and width on the grid, the aspect ratio kept as nearly as the grid allows.

    Qwen2-VL's ``smart_resize``: each side goes to the nearest multiple of ``factor``; a picture
    over ``max_pixels`` is scaled down, one under ``min_pixels`` up. ``frames`` counts with Qwen3-VL
    only.
    """
    if resizer is Resizer.QWEN3_VL:
        return _fit_clip(max(frames, TEMPORAL_PATCH), height, width, grid)
    factor = grid.factor
    least = factor if resizer in KEEPS_NARROW else 0
    high = max(least, round(height / factor) * factor)
    wide = max(least, round(width / factor) * factor)
    if high * wide > grid.max_pixels:
        return _down(height, width, math.sqrt(height * width / grid.max_pixels), factor)
    if high * wide < grid.min_pixels:
        return _up(height, width, math.sqrt(grid.min_pixels / (height * width)), factor)
    return high, wide


def _fit_clip(frames: int, height: int, width: int, grid: PixelGrid) -> tuple[int, int]:
    """``smart_resize`` of Qwen3-VL's video processor: the limits are of all frames together.

    It refuses a clip of one frame; here that counts as the pair that the model makes of it.
    """
    factor = grid.factor
    if height < factor or width < factor:
        scale = max(factor / height, factor / width)
        height, width = int(height * scale), int(width * scale)
    high = round(height / factor) * factor
    wide = round(width / factor) * factor
    paired = round(frames / TEMPORAL_PATCH) * TEMPORAL_PATCH
    pixels = frames * height * width
    if paired * high * wide > grid.max_pixels:
        return _down(height, width, math.sqrt(pixels / grid.max_pixels), factor)
    if paired * high * wide < grid.min_pixels:
        return _up(height, width, math.sqrt(grid.min_pixels / pixels), factor)
    return high, wide


def _down(height: int, width: int, scale: float, factor: int) -> tuple[int, int]:
    high = max(factor, math.floor(height / scale / factor) * factor)
    return high, max(factor, math.floor(width / scale / factor) * factor)


def _up(height: int, width: int, scale: float, factor: int) -> tuple[int, int]:
    high = math.ceil(height * scale / factor) * factor
    return high, math.ceil(width * scale / factor) * factor
