"""How media become pixels for one model. Part of what identifies an answer."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

PIXELS_VERSION = "3"
"""To be raised whenever the same file and recipe begin to give other pixels: cached answers to the
old ones must not be taken for answers to the new."""

TEMPORAL_PATCH = 2
"""Qwen-VL models take frames in pairs; an odd last one is doubled."""


class PixelGrid(BaseModel):
    """The resize grid of a Qwen-VL model. Part of the preprocessing version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    factor: int = Field(
        default=28, gt=0, description="Each side becomes a multiple of this many pixels."
    )
    min_pixels: int = Field(gt=0, description="Smaller media are enlarged to this many pixels.")
    max_pixels: int = Field(gt=0, description="Larger media are reduced to this many pixels.")


class FrameSampling(BaseModel):
    """Which frames of a video the model sees. Part of the preprocessing version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fps: float = Field(default=1.0, gt=0, description="Frames taken for each second of video.")
    max_frames: int = Field(
        default=6, gt=0, description="At most this many, spread over the whole."
    )
    min_frames: int = Field(
        default=2, gt=0, description="At least this many, where the source has them."
    )
    even: bool = Field(
        default=True,
        # Left out where it is the default: versions that are hashes are older than this field.
        exclude_if=bool,
        description="An even number of frames, as qwen-vl-utils takes them. Qwen3-VL's own"
        " processor takes any, and shows the last one twice where it is odd.",
    )


class Resizer(StrEnum):
    """Who resizes, and so by which rule to which size.

    All are bicubic with antialiasing, and yet no two give the same pixels.
    """

    TORCHVISION = "torchvision"
    """As the Hugging Face processor does: torchvision's v2 transforms."""
    TORCHVISION_V1 = "torchvision-v1"
    """As qwen-vl-utils does for videos: torchvision's older transforms, which round differently."""
    PILLOW = "pillow"
    """As qwen-vl-utils does for images, before the processor sees them."""
    QWEN3_VL = "qwen3-vl"
    """As Qwen3-VL's own processor does for videos: torchvision's v2 transforms, and the grid's
    limits are those of all frames together."""


class DecodeRecipe(BaseModel):
    """How media become pixels for one model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: PixelGrid
    video: PixelGrid
    sampling: FrameSampling = FrameSampling()
    image_resizer: Resizer = Field(default=Resizer.TORCHVISION, description="Resizes images.")
    video_resizer: Resizer = Field(default=Resizer.TORCHVISION, description="Resizes frames.")
