"""What the pipeline asks of a decoder."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.media import Content, PreparedMedia

PIXELS_VERSION = "1"
"""To be raised whenever the same file and recipe begin to give other pixels: cached answers to the
old ones must not be taken for answers to the new."""


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


class DecodeRecipe(BaseModel):
    """How media become pixels for one model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: PixelGrid
    video: PixelGrid
    sampling: FrameSampling = FrameSampling()


class DecodeLimits(BaseModel):
    """What a source may cost us. Checked from its header first, and again while decoding."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_pixels: int = Field(
        default=100_000_000, gt=0, description="Largest source picture or frame, in pixels."
    )
    max_duration_s: float = Field(default=4 * 3600, gt=0, description="Longest video, in seconds.")
    max_streams: int = Field(default=16, gt=0, description="Most streams in a container.")
    max_decoded_frames: int = Field(
        default=20_000, gt=0, description="Most frames decoded to reach the sampled ones."
    )
    max_aspect: float = Field(
        default=200, gt=1, description="Largest ratio of the sides; the model itself refuses more."
    )


class Decoder(Protocol):
    """Decodes, samples and resizes, out of process."""

    async def decode(self, content: Content, recipe: DecodeRecipe) -> PreparedMedia:
        """Pixels on the grid of ``recipe``; the caller closes them.

        Raises ``Poison`` (unsupported, undecodable, over budget) or ``Transient`` (the decode
        process died or ran out of time; a content that does so again and again is poison).
        """
        ...

    async def close(self) -> None:
        """End the processes."""
        ...
