"""What a baseline looks at: a few numbers of each media."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from worker.domain.media import MediaKind
from worker.domain.recipe import DecodeRecipe

Frames = npt.NDArray[np.uint8]
"""RGB, shape ``(frames, height, width, 3)``."""

Features = npt.NDArray[np.float64]
"""Shape ``(features,)``."""

KEEP_PIXELS = 12_845_056
"""Pixels up to which a media is not scaled: scaling takes away the very traces that are looked for.
As many as Ivy-Fake's largest pictures have."""

SMALLEST = 1
"""Pixels: nothing is enlarged."""


class TooLittle(Exception):
    """A media that the features cannot be taken of; the text says why."""


class FeatureSource(Protocol):
    """One kind of features."""

    @property
    def name(self) -> str:
        """As a person names it."""
        ...

    @property
    def version(self) -> str:
        """Another one whenever the same pixels begin to give other features."""
        ...

    @property
    def recipe(self) -> DecodeRecipe:
        """How media must be prepared."""
        ...

    @property
    def kinds(self) -> frozenset[MediaKind]:
        """Media that it can look at."""
        ...

    def of(self, frames: Frames) -> Features:
        """Of one media. Called from many threads at once. Raises ``TooLittle``."""
        ...
