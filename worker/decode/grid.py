"""The size that the model takes a picture in."""

from __future__ import annotations

import math

from worker.domain.recipe import PixelGrid


def fit(height: int, width: int, grid: PixelGrid) -> tuple[int, int]:
    """Height and width on the grid, the aspect ratio kept as nearly as the grid allows.

    Qwen2-VL's ``smart_resize``: each side goes to the nearest multiple of ``factor``; a picture
    over ``max_pixels`` is scaled down, one under ``min_pixels`` up.
    """
    factor = grid.factor
    high = round(height / factor) * factor
    wide = round(width / factor) * factor
    if high * wide > grid.max_pixels:
        scale = math.sqrt(height * width / grid.max_pixels)
        high = max(factor, math.floor(height / scale / factor) * factor)
        wide = max(factor, math.floor(width / scale / factor) * factor)
    elif high * wide < grid.min_pixels:
        scale = math.sqrt(grid.min_pixels / (height * width))
        high = math.ceil(height * scale / factor) * factor
        wide = math.ceil(width * scale / factor) * factor
    return high, wide
