"""Covering text, so that the model can be asked again without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from worker.domain.typography import TextRegion

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

GROWN = 0.15
"""Of a region's height, added on all sides: outlines and shadows reach beyond the letters."""

LEAST = 2
"""Pixels added at least."""

MARGIN = 16
"""Pixels around a region that are looked at; only they are worked on, not the whole frame."""

SMOOTH = 9
"""Side in pixels of the square over which the border is averaged: single pixels of a grainy one
would be drawn out to streaks, which look like letters again."""

FINE = 1.5
"""Sigma in pixels of the blur that parts grain from what it lies on."""

MAD_TO_SIGMA = 1.4826
"""Standard deviation over median absolute deviation, of normal noise. The median, so that an edge
in the border counts for nothing."""

SEED = 0
"""The same picture is always masked in the same way: an answer can be asked for anew."""


def mask_text(frames: Pixels, regions: Sequence[TextRegion]) -> Pixels:
    """The frames with every region filled from its border, with grain as there is around it.

    uint8 RGB, shape ``(frames, height, width, 3)``; a copy. Pixels outside of the grown regions
    stay as they are, to the bit. A pixel inside is the mean of the nearest ones outside, to its
    left, right, above and below, each weighed by the inverse of its distance. Inpainting (Telea,
    Navier-Stokes) is as near to what was behind the text, but leaves a seam in the middle of a
    sky, and takes four times as long (docs/typography.md).
    """
    masked = frames.copy()
    height, width = frames.shape[1:3]
    cover = covered(regions, height, width)
    count, _, found, _ = cv2.connectedComponentsWithStats(cover.astype(np.uint8))
    for left, top, wide, high, _ in found[1:count]:
        rows = slice(max(0, top - MARGIN), min(height, top + high + MARGIN))
        columns = slice(max(0, left - MARGIN), min(width, left + wide + MARGIN))
        hole = cover[rows, columns]
        for frame in masked:
            frame[rows, columns] = _filled(frame[rows, columns], hole)
    return masked


def covered(regions: Sequence[TextRegion], height: int, width: int) -> Mask:
    """The pixels of a frame that are masked, shape ``(height, width)``."""
    cover = np.zeros((height, width), dtype=np.bool_)
    for region in regions:
        left, top, right, bottom = _grown(region, height, width)
        cover[top:bottom, left:right] = True
    return cover


def _grown(region: TextRegion, height: int, width: int) -> tuple[int, int, int, int]:
    by = max(LEAST, round(GROWN * (region.bottom - region.top)))
    return (
        max(0, region.left - by),
        max(0, region.top - by),
        min(width, region.right + by),
        min(height, region.bottom + by),
    )


def _filled(around: Pixels, hole: Mask) -> Pixels:
    """One piece of a frame, shape ``(height, width, 3)``, with its hole filled."""
    known = (~hole).astype(np.float32)
    weight = np.zeros(hole.shape, dtype=np.float32)
    near = [(index, by) for index, by in _nearest(hole)]
    for _, by in near:
        weight += by
    # Nothing is known where text covers all: then its own mean, for want of better.
    lost = weight == 0
    share = np.maximum(cv2.blur(known, (SMOOTH, SMOOTH)), np.finfo(np.float32).eps)
    noise = np.random.default_rng(SEED)
    made = around.copy()
    for channel in range(around.shape[2]):
        plane = around[..., channel].astype(np.float32)
        smooth = (cv2.blur(plane * known, (SMOOTH, SMOOTH)) / share).ravel()
        total = np.zeros(hole.shape, dtype=np.float32)
        for index, by in near:
            total += smooth[index] * by
        fill = np.where(lost, plane.mean(), total / np.where(lost, 1, weight))
        fill += noise.normal(0, _grain(plane, hole), hole.shape)
        made[..., channel][hole] = np.clip(np.rint(fill[hole]), 0, 255).astype(np.uint8)
    return made


def _nearest(hole: Mask) -> Iterator[tuple[npt.NDArray[np.int64], Plane]]:
    """For each of four directions: each pixel's nearest outside of the hole, and its weight."""
    places = np.arange(hole.size).reshape(hole.shape)
    for turn in range(4):
        turned, place = np.rot90(hole, turn), np.rot90(places, turn)
        columns = np.arange(turned.shape[1])[np.newaxis]
        last = np.maximum.accumulate(np.where(turned, -1, columns), axis=1)
        index = np.take_along_axis(place, np.maximum(last, 0), axis=1)
        by = np.where(last >= 0, 1 / np.maximum(columns - last, 1), 0).astype(np.float32)
        yield np.rot90(index, -turn), np.rot90(by, -turn)


def _grain(plane: Plane, hole: Mask) -> float:
    """Standard deviation of the finest detail around the hole, in levels."""
    fine = np.abs(plane - cv2.GaussianBlur(plane, (0, 0), FINE))
    reach = cv2.dilate(hole.astype(np.uint8), np.ones((SMOOTH, SMOOTH), np.uint8)) > 0
    ring = fine[~reach] if not reach.all() else fine[~hole]
    return MAD_TO_SIGMA * float(np.median(ring)) if ring.size else 0.0
