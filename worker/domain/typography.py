"""Text that stands in a picture: where, how much, and whether it speaks of the picture itself.

It is found by a process that handles strangers' files, so everything here is bounded and checked.
What the text says is not here: it may be private, and nobody needs it to judge the picture.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MAX_REGIONS = 64
"""Most regions of one picture. A page of text has more lines; those that are near are joined."""

MAX_SIDE = 65_536
"""Longest side of a prepared frame in pixels. The largest recipe that ships has 6.4 million pixels
and the decoder takes an aspect of 200 at most by default, which gives a side of 36,000."""


class Claim(StrEnum):
    """What the text states about the picture's own origin."""

    NONE = "none"
    """Nothing that was read."""
    AUTHENTIC = "authentic"
    """That it is real, a photo, made by a person, not by AI. Wins where a text states both, for
    this is what somebody gains by."""
    AI_GENERATED = "ai_generated"
    """That it is fake, or made by AI."""


class TextRegion(BaseModel):
    """A box around text, in pixels of the prepared frame; right and bottom lie just outside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    left: int = Field(ge=0, lt=MAX_SIDE)
    top: int = Field(ge=0, lt=MAX_SIDE)
    right: int = Field(gt=0, le=MAX_SIDE)
    bottom: int = Field(gt=0, le=MAX_SIDE)

    @model_validator(mode="after")
    def _has_pixels(self) -> Self:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError("a region has at least one pixel")
        return self


class TextSeen(BaseModel):
    """All text that was found in one media."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    regions: tuple[TextRegion, ...] = Field(
        default=(), max_length=MAX_REGIONS, description="Where it stands."
    )
    share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Part of the frame's area that the regions cover.",
    )
    claim: Claim = Field(
        default=Claim.NONE, description="What it states about the picture's own origin."
    )

    @model_validator(mode="after")
    def _share_has_regions(self) -> Self:
        if bool(self.regions) != (self.share > 0):
            raise ValueError("a share without regions, or regions without a share")
        if self.claim is not Claim.NONE and not self.regions:
            raise ValueError("a claim without text")
        return self

    def fits(self, height: int, width: int) -> bool:
        """Whether all regions lie inside of a frame of this size, as the one who asked knows it."""
        return all(region.right <= width and region.bottom <= height for region in self.regions)
