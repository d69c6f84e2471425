"""Covering text, so that the model can be asked again without it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from worker.domain.typography import TextRegion

Pixels = npt.NDArray[np.uint8]

GROWN = 0.15
"""Of a region's height, added on all sides: outlines and shadows reach beyond the letters."""

LEAST = 2
"""Pixels added at least."""

RADIUS = 3
"""Of Telea's inpainting, in pixels: larger ones smear, and take longer."""

MARGIN = 16
"""Pixels around a region that the inpainting sees; only they are worked on, not the whole frame."""


def mask_text(frames: Pixels, regions: Sequence[TextRegion]) -> Pixels:
    """The frames with every region filled from what is around it (Telea, 2004).

    uint8 RGB, shape ``(frames, height, width, 3)``; a copy. Pixels outside of the grown regions
    stay as they are, to the bit. What is inside is smooth: neither text nor an edge of a box.
    """
    masked = frames.copy()
    height, width = frames.shape[1:3]
    cover = np.zeros((height, width), dtype=np.uint8)
    for region in regions:
        left, top, right, bottom = _grown(region, height, width)
        cover[top:bottom, left:right] = 255
    count, _, found, _ = cv2.connectedComponentsWithStats(cover)
    for left, top, wide, high, _ in found[1:count]:
        rows = slice(max(0, top - MARGIN), min(height, top + high + MARGIN))
        columns = slice(max(0, left - MARGIN), min(width, left + wide + MARGIN))
        hole = cover[rows, columns]
        for frame in masked:
            around = np.ascontiguousarray(frame[rows, columns])
            filled = cv2.inpaint(around, hole, RADIUS, cv2.INPAINT_TELEA)
            frame[rows, columns] = np.where(hole[..., None] > 0, filled, around)
    return masked


def _grown(region: TextRegion, height: int, width: int) -> tuple[int, int, int, int]:
    by = max(LEAST, round(GROWN * (region.bottom - region.top)))
    return (
        max(0, region.left - by),
        max(0, region.top - by),
        min(width, region.right + by),
        min(height, region.bottom + by),
    )
