"""Perceptual hashes: near for pictures that look alike, whatever their bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MIDDLE = 3
"""Frames of a clip that are hashed: its begin and end are often black, or a title."""

FLAT = 4.0
"""Standard deviation of brightness, of 255, below which a frame tells nothing: all that are nearly
of one colour have nearly the same hash."""


def perceptual_hashes(frames: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """Hashes of the middle frames of ``(frames, height, width, 3)``, uint8 RGB; of a still, one.

    pHash: 64 bits of the lowest frequencies of a cosine transform (Zauner, 2010). A flat frame has
    none.
    """
    from imagehash import phash
    from PIL import Image

    first = max(0, (len(frames) - MIDDLE) // 2)
    middle = frames[first : first + MIDDLE]
    return tuple(
        str(phash(Image.fromarray(frame)))
        for frame in middle
        if float(frame.mean(axis=2).std()) >= FLAT
    )
