"""The frames taken out of a file, in the source's own size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.decode.protocol import DecodeLimits
from worker.domain.failure import Poison, Reason
from worker.domain.media import MediaFacts, VideoSampling

Frame = npt.NDArray[np.uint8]
"""One frame, uint8, RGB, shape ``(height, width, 3)``."""

SourceFrame = Frame | Image.Image
"""The same, or as Pillow has it, in mode RGB: a photograph need not be copied to be resized."""

MAX_COMPOSED_PIXELS = 2_000_000_000
"""Frames times pixels of an animation: each frame is drawn on the one before, and so all up to the
last one wanted are, at 200 to 1,000 million pixels a second. Half a minute of 1080p has as many."""


@dataclass(frozen=True, slots=True)
class SourceFrames:
    """What was seen, before it is resized."""

    frames: Sequence[SourceFrame]
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
            f"({limits.named('max_pixels')})",
        )
    if max(width, height) > limits.max_aspect * min(width, height):
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{width} x {height} is narrower than 1 to {limits.max_aspect:g} "
            f"({limits.named('max_aspect')})",
        )


def check_frames(count: int, pixels: int, limits: DecodeLimits) -> None:
    """Raises ``Poison`` for an animation of too many frames. ``pixels`` are those of its canvas."""
    if count > limits.max_decoded_frames:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"over {limits.max_decoded_frames} frames ({limits.named('max_decoded_frames')})",
        )
    if count > 1 and count * pixels > MAX_COMPOSED_PIXELS:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"an animation whose frames have over {MAX_COMPOSED_PIXELS} pixels together",
        )


def check_duration(seconds: float, limits: DecodeLimits) -> None:
    """Raises ``Poison`` for what lasts too long."""
    if seconds > limits.max_duration_s:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{seconds:.0f} s are over the limit of {limits.max_duration_s:g} "
            f"({limits.named('max_duration_s')})",
        )


def check_bytes_out(frames: int, width: int, height: int, limits: DecodeLimits) -> None:
    """Raises ``Poison`` where the frames taken out would be too many bytes."""
    if frames * width * height * 3 > limits.max_bytes_out:
        raise Poison(
            Reason.MEDIA_OVER_BUDGET,
            f"{frames} frames of {width} x {height} are over the limit of {limits.max_bytes_out} "
            f"bytes ({limits.named('max_bytes_out')})",
        )
