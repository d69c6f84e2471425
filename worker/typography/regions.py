"""From the boxes that the network gives, at any angle, to a bounded number of upright regions."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from worker.domain.typography import MAX_REGIONS, TextRegion

Quads = npt.NDArray[np.float64]
"""Corners of text lines in pixels of the frame, shape ``(n, 4, 2)``, x before y."""

MAP_SIDE = 256
"""Side of the map on which too many regions are joined: coarse, for they are only to be covered."""


def regions_of(quads: Quads, height: int, width: int) -> tuple[TextRegion, ...]:
    """The upright box of each line, cut to the frame; at most ``MAX_REGIONS``.

    Where there are more lines, neighbours are joined, the nearest first, until they are few enough.
    None is left out: text in a corner steers as well as text in the middle.
    """
    boxes = [box for quad in quads if (box := _upright(quad, height, width)) is not None]
    if len(boxes) > MAX_REGIONS:
        boxes = _joined(boxes, height, width)
    return tuple(
        TextRegion(left=left, top=top, right=right, bottom=bottom)
        for left, top, right, bottom in boxes
    )


def share_of(regions: tuple[TextRegion, ...], height: int, width: int) -> float:
    """Part of the frame's area that the regions cover, each pixel counted once."""
    covered = np.zeros((height, width), dtype=np.bool_)
    for region in regions:
        covered[region.top : region.bottom, region.left : region.right] = True
    return float(covered.mean())


Box = tuple[int, int, int, int]


def _upright(quad: npt.NDArray[np.float64], height: int, width: int) -> Box | None:
    left, top = np.floor(quad.min(axis=0)).astype(int)
    right, bottom = np.ceil(quad.max(axis=0)).astype(int)
    left, top, right, bottom = max(0, left), max(0, top), min(width, right), min(height, bottom)
    return (int(left), int(top), int(right), int(bottom)) if left < right and top < bottom else None


def _joined(boxes: list[Box], height: int, width: int) -> list[Box]:
    """Boxes drawn on a map, its gaps closed step by step, and the boxes of what hangs together."""
    drawn = np.zeros((MAP_SIDE, MAP_SIDE), dtype=np.uint8)
    x, y = MAP_SIDE / width, MAP_SIDE / height
    for left, top, right, bottom in boxes:
        rows = slice(int(top * y), max(int(top * y) + 1, int(np.ceil(bottom * y))))
        columns = slice(int(left * x), max(int(left * x) + 1, int(np.ceil(right * x))))
        drawn[rows, columns] = 1
    count, _, found, _ = cv2.connectedComponentsWithStats(drawn)
    while count - 1 > MAX_REGIONS:
        drawn = np.asarray(cv2.dilate(drawn, np.ones((3, 3), np.uint8)), dtype=np.uint8)
        count, _, found, _ = cv2.connectedComponentsWithStats(drawn)
    return [
        (
            int(left / x),
            int(top / y),
            min(width, int(np.ceil((left + wide) / x))),
            min(height, int(np.ceil((top + high) / y))),
        )
        for left, top, wide, high, _ in found[1:]
    ]
