"""What the pipeline asks of a decoder."""

from __future__ import annotations

from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.media import Content, PreparedMedia
from worker.domain.recipe import DecodeRecipe
from worker.domain.windows import Window, Windows


class DecodeLimits(BaseModel):
    """What one source may cost us. Checked from its header first, and again while decoding."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    setting: ClassVar[str] = "decode.limits"
    """Where these stand in the settings; see ``named``."""

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
    max_bit_rate: float = Field(
        default=1e9,
        gt=0,
        description="Most bits in a second: as the header tells, and of the file over its duration"
        " or one second, whichever is longer.",
    )
    max_bytes_out: int = Field(
        default=2 * 1024**3,
        gt=0,
        description="Most bytes of the frames taken out, as RGB in the source's own size.",
    )

    def named(self, limit: str) -> str:
        """The setting of one of these, to be told to people: ``decode.limits.video.max_pixels``."""
        return f"{self.setting}.{limit}"


class ImageLimits(DecodeLimits):
    """Of what Pillow opens: a picture, or an animation."""

    setting: ClassVar[str] = "decode.limits.image"

    max_streams: ClassVar[int] = 1  # type: ignore[misc]
    """There is nothing to set."""
    max_duration_s: float = Field(
        default=4 * 3600, gt=0, description="Longest animation, in seconds."
    )
    max_decoded_frames: int = Field(
        default=20_000, gt=0, description="Most frames of an animation."
    )


class VideoLimits(DecodeLimits):
    """Of what FFmpeg opens."""

    setting: ClassVar[str] = "decode.limits.video"

    max_pixels: int = Field(
        # 8192 x 4320, the largest that consumer cameras and H.264's highest level know, and a bit.
        default=40_000_000,
        gt=0,
        description="Largest frame, in pixels.",
    )


class MediaLimits(BaseModel):
    """The limits of each kind of source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: ImageLimits = Field(default_factory=ImageLimits, description="Of a picture.")
    video: VideoLimits = Field(default_factory=VideoLimits, description="Of a video.")


class Decoder(Protocol):
    """Decodes, samples and resizes, out of process."""

    async def decode(
        self,
        content: Content,
        recipe: DecodeRecipe,
        window: Window | None = None,
        *,
        tenant: str | None = None,
    ) -> PreparedMedia:
        """Pixels on the grid of ``recipe``; the caller closes them. One window, or the whole.

        ``tenant`` is whose budget it is measured by; the general one where absent.
        Raises ``Poison`` (unsupported, undecodable, over budget) or ``Transient`` (the decode
        process died or ran out of time; a content that does so again and again is poison).
        """
        ...

    async def plan(
        self,
        content: Content,
        recipe: DecodeRecipe,
        windows: Windows,
        *,
        tenant: str | None = None,
    ) -> tuple[Window, ...]:
        """The windows of a video, in order; empty for anything else. Raises as ``decode`` does."""
        ...

    async def close(self) -> None:
        """End the processes."""
        ...
