"""Settings of the search for text."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TypographyConfig(BaseModel):
    """What the search may cost. Whether there is one is ``decode.text``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: int = Field(
        default=560,
        ge=160,
        le=1536,
        description="Frames of more than the square of this many pixels are reduced to it for the "
        "search. More finds smaller letters, and takes longer by the square.",
    )
    read_lines: int = Field(
        default=8,
        ge=0,
        le=64,
        description="Most lines that are read for a claim, the largest first; 0 reads none.",
    )
