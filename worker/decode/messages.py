"""What a decode process is asked, and what it may answer. Both sides check what they get."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from worker.decode.protocol import MediaLimits
from worker.domain.failure import Reason
from worker.domain.media import MediaFacts, MediaKind, VideoSampling
from worker.domain.provenance import Provenance
from worker.domain.recipe import DecodeRecipe
from worker.domain.typography import TextSeen
from worker.domain.windows import Window, Windows

LOOK_FOR_TEXT = "text"
READ_PROVENANCE = "provenance"
"""What a process is to be ready for beside pixels: words of its last argument."""

MAX_FRAMES = 4096
"""More than any recipe asks for; an answer beyond it is no answer."""


MAX_SOURCE_FRAMES = 2**31
"""More than any clip within the limits has."""


class Order(BaseModel):
    """Decode what is behind the descriptor that comes with this, or say where to cut it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nbytes: int
    recipe: DecodeRecipe
    limits: MediaLimits
    window: Window | None = None
    """Only this window of a video; the whole where absent."""
    cut: Windows | None = None
    """Where to cut a video in this way, in place of pixels."""
    provenance: bool = False
    """Read what the file says of its own origin, too."""
    text: bool = False
    """Look for text in the middle frame, too."""


class Ready(BaseModel):
    """A process is up; what it is protected by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Literal["ready"] = "ready"
    protections: dict[str, bool]


class Decoded(BaseModel):
    """The pixels are behind the descriptor that comes with this."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Literal["decoded"] = "decoded"
    facts: MediaFacts
    frames: int = Field(gt=0, le=MAX_FRAMES)
    height: int = Field(gt=0)
    width: int = Field(gt=0)
    sampling: VideoSampling | None
    provenance: Provenance | None = None
    text: TextSeen | None = None

    def fits(self, order: Order) -> bool:
        """Whether it is an answer to ``order``: the process may be in a stranger's hands."""
        recipe = order.recipe
        still = self.facts.kind is MediaKind.IMAGE
        grid = recipe.image if still else recipe.video
        most = 1 if still else recipe.sampling.max_frames
        return (
            self.frames <= most
            and self.height % grid.factor == 0
            and self.width % grid.factor == 0
            # A narrow picture is kept one cell wide, and so may pass the limit by its length.
            and self.height * self.width <= max(grid.max_pixels, grid.factor**2 * 400)
            and self.facts.bytes == order.nbytes
            and (self.sampling is None) == still
            and (self.sampling is None or len(self.sampling.frame_indices) == self.frames)
            and (self.sampling is None or _is_sane(self.sampling))
            and (self.provenance is not None) == order.provenance
            and (self.text is not None) == order.text
            and (self.text is None or self.text.fits(self.height, self.width))
        )


class Planned(BaseModel):
    """The windows of a video."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Literal["planned"] = "planned"
    windows: tuple[Window, ...] = Field(max_length=1000)

    def fits(self, order: Order) -> bool:
        """Whether it is an answer to ``order``."""
        return (
            order.cut is not None
            and len(self.windows) <= order.cut.max_count
            and all(
                len(window.shown) == len(window.sampling.frame_indices)
                and len(window.shown) <= order.recipe.sampling.max_frames
                and _is_sane(window.sampling)
                for window in self.windows
            )
        )


def _is_sane(sampling: VideoSampling) -> bool:
    """Whether times can be worked out from it: the model's positions are."""
    return (
        math.isfinite(sampling.source_fps)
        and sampling.source_fps > 0
        and 0 < sampling.source_frames < MAX_SOURCE_FRAMES
        and all(0 <= index < sampling.source_frames for index in sampling.frame_indices)
    )


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has characters that do not print")
    return text


class Refused(BaseModel):
    """The file cannot be decoded; the process goes on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Literal["refused"] = "refused"
    reason: Literal[Reason.MEDIA_UNSUPPORTED, Reason.MEDIA_UNDECODABLE, Reason.MEDIA_OVER_BUDGET]
    detail: Annotated[str, Field(max_length=500), AfterValidator(_printable)]


class Reply(BaseModel):
    """Any answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body: Annotated[Ready | Decoded | Planned | Refused, Field(discriminator="answer")]
