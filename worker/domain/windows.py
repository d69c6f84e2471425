"""A long video in pieces, so that a short insert cannot hide between the sampled frames."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.media import VideoSampling


class Cut(StrEnum):
    """Where one window ends and the next begins."""

    TIME = "time"
    """Windows of equal length."""
    SCENES = "scenes"
    """At changes of scene, too: an insert has a window of its own. Decodes the whole clip."""


class Windows(BaseModel):
    """How a long video is cut. The released recipe has 6 frames for a clip of any length."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    longer_than_s: float = Field(
        default=60.0,
        ge=0,
        description="Videos up to this many seconds are asked about as a whole, as the model's"
        " authors do; longer ones window by window.",
    )
    length_s: float = Field(
        default=6.0,
        gt=0,
        description="Seconds of a window: at one frame a second, what the model's frames cover.",
    )
    max_count: int = Field(
        default=100,
        ge=1,
        le=1000,
        description="Most windows of one video, each a question of its own; 1 asks about the whole."
        " Where it is reached, windows become longer and their frames lie further apart.",
    )
    cut: Cut = Field(
        default=Cut.TIME,
        description="`time`: windows of equal length. `scenes`: cut at changes of scene, too; the"
        " whole video is decoded for that.",
    )


class Window(BaseModel):
    """One window, and what it takes to decode it without reading the file's index again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_s: float = Field(ge=0, allow_inf_nan=False)
    end_s: float = Field(ge=0, allow_inf_nan=False)
    shown: tuple[int, ...] = Field(min_length=1, max_length=4096)
    """Presentation times of the frames to take, in the stream's time base, in order."""
    keys: tuple[int, ...] = Field(max_length=100_000)
    """Those of frames from which decoding can begin, in order: the last before the window, and all
    inside."""
    sampling: VideoSampling
    """As if the window were a clip of its own: the model's positions in time begin at 0."""
