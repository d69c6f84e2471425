"""The frames taken out of a file, in the source's own size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.decode.protocol import DecodeLimits
from worker.domain.failure import Poison, Reason
from worker.domain.media import MediaFacts, VideoSampling

Frame = npt.NDArray[np.uint8]
"""One frame, uint8, RGB, shape ``(height, width, 3)``."""


@dataclass(frozen=True, slots=True)
class SourceFrames:
    """What was seen, before it is resized."""

    frames: list[Frame]
    facts: MediaFacts
    sampling: VideoSampling | None = None


def check_size(width: int, height: int, limits: DecodeLimits) -> None:
    """Raises ``Poison`` for a picture that is empty, too large or too narrow for the model."""
    if width < 1 or height < 1:
        raise Poison(Reason.MEDIA_UNDECODABLE, "the picture has no size")
    if width * height > limits.max_pixels:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{width} x {height} pixels are over the limit of {limits.max_pixels} "
            "(decode.limits.max_pixels)",
        )
    if max(width, height) > limits.max_aspect * min(width, height):
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{width} x {height} is narrower than 1 to {limits.max_aspect:g} "
            "(decode.limits.max_aspect)",
        )
