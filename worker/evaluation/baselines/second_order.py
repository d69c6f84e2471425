"""How unsteadily a video's frames move through an encoder's space.

D3 ("D3: Training-Free AI-Generated Video Detection Using Second-Order Features", ICCV 2025, arXiv
2508.00701): distances of neighbouring frames' embeddings, differences of those, and their standard
deviation. Filmed videos are said to have the larger one. D3 needs no training; what is fitted here
is where to cut, and its ranking stays as it is.
"""

from __future__ import annotations

import numpy as np

from worker.domain.media import MediaKind
from worker.domain.recipe import DecodeRecipe, FrameSampling, PixelGrid
from worker.evaluation.baselines.features import SMALLEST, Features, Frames, TooLittle
from worker.evaluation.baselines.image_encoder import ImageEncoder

GRID = PixelGrid(factor=1, min_pixels=SMALLEST, max_pixels=448 * 448)

FPS, MOST = 8, 32
"""Frames a second, and of a clip: neighbours must be near in time, or each one is a new scene."""

FEWEST = 4
"""Frames: three distances, two differences of them, one spread."""

TINY = 1e-9


class SecondOrder:
    """Of videos alone. One feature: the logarithm of D3's."""

    name = "d3"
    version = "1"
    recipe = DecodeRecipe(
        image=GRID,
        video=GRID,
        sampling=FrameSampling(fps=FPS, max_frames=MOST, min_frames=FEWEST, even=False),
    )
    kinds = frozenset({MediaKind.VIDEO})

    def __init__(self, encoder: ImageEncoder) -> None:
        self._encoder = encoder

    def of(self, frames: Frames) -> Features:
        """See ``FeatureSource``."""
        if len(frames) < FEWEST:
            raise TooLittle(f"the video has fewer than {FEWEST} frames")
        vectors = self._encoder.encode(frames)
        return np.array([np.log(second_order_spread(vectors) + TINY)])


def second_order_spread(vectors: Features) -> float:
    """Standard deviation of second-order differences; ``vectors`` has the shape ``(frames, n)``."""
    distances = np.linalg.norm(np.diff(vectors, axis=0), axis=1)
    return float(np.diff(distances).std())
