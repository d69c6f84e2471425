"""A frozen CLIP's embedding, for a linear model on top.

The idea is UnivFD's (Ojha et al., "Towards Universal Fake Image Detectors that Generalize Across
Generative Models", CVPR 2023), whose encoder is CLIP ViT-L/14.
"""

from __future__ import annotations

import numpy as np

from worker.domain.media import MediaKind
from worker.domain.recipe import DecodeRecipe, FrameSampling, PixelGrid
from worker.evaluation.baselines.features import SMALLEST, Features, Frames
from worker.evaluation.baselines.image_encoder import ImageEncoder

GRID = PixelGrid(factor=1, min_pixels=SMALLEST, max_pixels=1024 * 1024)
"""CLIP's own processor scales to some 224 pixels a side, whatever comes."""


class Clip:
    """The mean embedding of a media's frames."""

    name = "clip"
    version = "1"
    recipe = DecodeRecipe(
        image=GRID, video=GRID, sampling=FrameSampling(fps=1, max_frames=6, min_frames=1)
    )
    kinds = frozenset(MediaKind)

    def __init__(self, encoder: ImageEncoder) -> None:
        self._encoder = encoder

    def of(self, frames: Frames) -> Features:
        """See ``FeatureSource``."""
        return np.asarray(self._encoder.encode(frames).mean(axis=0))
