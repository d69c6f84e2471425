"""What the pipeline asks of a decoder."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.media import Content, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.domain.windows import Window, Windows


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

    async def decode(
        self, content: Content, recipe: DecodeRecipe, window: Window | None = None
    ) -> PreparedMedia:
        """Pixels on the grid of ``recipe``; the caller closes them. One window, or the whole.

        Raises ``Poison`` (unsupported, undecodable, over budget) or ``Transient`` (the decode
        process died or ran out of time; a content that does so again and again is poison).
        """
        ...

    async def plan(
        self, content: Content, recipe: DecodeRecipe, windows: Windows
    ) -> tuple[Window, ...]:
        """The windows of a video, in order; empty for anything else. Raises as ``decode`` does."""
        ...

    async def close(self) -> None:
        """End the processes."""
        ...
