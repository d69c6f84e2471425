"""Residuals of neighbouring pixels: what a generator's up-sampling leaves behind.

The idea is NPR's (Tan et al., "Rethinking the Up-Sampling Operations in CNN-based Generative
Network for Generalizable Deepfake Detection", CVPR 2024): within each 2 x 2 cell the differences to
one of its pixels. NPR feeds them to a ResNet-50; here their statistics go to a linear model, beside
the share of energy at each spatial frequency. It is no NPR, and its figures are not NPR's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from worker.domain.media import MediaKind
from worker.domain.recipe import DecodeRecipe, FrameSampling, PixelGrid
from worker.evaluation.baselines.features import (
    KEEP_PIXELS,
    SMALLEST,
    Features,
    Frames,
    TooLittle,
)

GRID = PixelGrid(factor=1, min_pixels=SMALLEST, max_pixels=KEEP_PIXELS)

Plane = npt.NDArray[np.float32]

NEIGHBOURS = ((0, 1), (1, 0), (1, 1))
"""Of a cell's first pixel: to its right, below, and across."""

STEPS = (0, 1, 2, 4, 8, 16)
"""Sizes of a difference, in levels of 256, whose shares are counted: flat, faint ... an edge."""

BANDS = 8
"""Rings of spatial frequency, from none to half a cycle a pixel."""

PATCH = 256
"""Pixels a side of the middle square whose spectrum is looked at: all media then have the same
frequencies, whatever their size."""

SMALLEST_SIDE = 32

TINY = 1e-9


class Residual:
    """See above. Needs no model, and milliseconds."""

    name = "residual"
    version = "1"
    recipe = DecodeRecipe(
        image=GRID, video=GRID, sampling=FrameSampling(fps=1, max_frames=6, min_frames=1)
    )
    kinds = frozenset(MediaKind)

    def of(self, frames: Frames) -> Features:
        """Mean over the frames."""
        if min(frames.shape[1:3]) < SMALLEST_SIDE:
            raise TooLittle(f"a side is shorter than {SMALLEST_SIDE} pixels")
        rows = [[*_differences(one), *_spectrum(one)] for one in frames]
        return np.asarray(np.mean(rows, axis=0))


def _differences(frame: npt.NDArray[np.uint8]) -> Iterator[float]:
    height, width = (side - side % 2 for side in frame.shape[:2])
    cells = frame[:height, :width].astype(np.int16)
    first = cells[::2, ::2]
    apart = [cells[row::2, column::2] - first for row, column in NEIGHBOURS]
    for one in apart:
        size = np.abs(one)
        yield float(np.log(size.mean() + TINY))
        yield float(np.log(one.std() + TINY))
        shares = [float((size <= step).mean()) for step in STEPS]
        yield from shares
        # Cameras interpolate two of three colours: their differences go together.
        yield _together(one[..., 0], one[..., 1])
        yield _together(one[..., 2], one[..., 1])
    yield _together(apart[0], apart[1])


def _together(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> float:
    """Pearson's correlation; 0 where one of them is flat."""
    spread = float(one.std() * other.std())
    if spread < TINY:
        return 0.0
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread)


def _spectrum(frame: npt.NDArray[np.uint8]) -> Iterator[float]:
    """Logarithm of each ring's share of the energy of brightness, the mean left out."""
    side = min(PATCH, *frame.shape[:2])
    top, left = (frame.shape[0] - side) // 2, (frame.shape[1] - side) // 2
    grey = frame[top : top + side, left : left + side].astype(np.float32).mean(axis=2)
    window = np.hanning(side)
    power = np.abs(np.fft.rfft2((grey - grey.mean()) * np.outer(window, window))) ** 2
    radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    ring = np.minimum((radius * 2 * BANDS).astype(int), BANDS - 1)
    energy = np.bincount(ring.ravel(), weights=power.ravel(), minlength=BANDS)
    yield from np.log(energy / max(float(energy.sum()), TINY) + TINY).tolist()
