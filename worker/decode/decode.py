"""From the bytes of a file to the pixels that the model takes. Runs where it can do no harm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.decode import image, video
from worker.decode.grid import fit
from worker.decode.protocol import DecodeLimits
from worker.decode.resize import resize
from worker.decode.sniff import Library, sniff
from worker.domain.media import MediaFacts, MediaKind, VideoSampling
from worker.domain.recipe import DecodeRecipe
from worker.domain.windows import Window, Windows


@dataclass(frozen=True, slots=True)
class Pixels:
    """``frames`` is uint8, RGB, shape ``(frames, height, width, 3)``, on the recipe's grid."""

    frames: npt.NDArray[np.uint8]
    facts: MediaFacts
    sampling: VideoSampling | None


def decode(
    data: bytes | memoryview,
    recipe: DecodeRecipe,
    limits: DecodeLimits,
    window: Window | None = None,
) -> Pixels:
    """Decode, sample and resize one file, or one window of it. Raises ``Poison``."""
    kind = sniff(data)
    if window is not None:
        shot = video.read_window(data, kind, window, limits)
    else:
        reader = image if kind.library is Library.PILLOW else video
        shot = reader.read(data, kind, recipe.sampling, limits)
    still = shot.facts.kind is MediaKind.IMAGE
    grid = recipe.image if still else recipe.video
    resizer = recipe.image_resizer if still else recipe.video_resizer
    height, width = fit(shot.facts.height, shot.facts.width, grid, resizer, len(shot.frames))
    return Pixels(
        frames=np.stack([resize(frame, height, width, resizer) for frame in shot.frames]),
        facts=shot.facts,
        sampling=shot.sampling,
    )


def plan_windows(
    data: bytes | memoryview, recipe: DecodeRecipe, windows: Windows, limits: DecodeLimits
) -> list[Window]:
    """Where to cut a video. Empty for what Pillow opens: an animation stays whole.

    Raises ``Poison``.
    """
    kind = sniff(data)
    if kind.library is Library.PILLOW:
        return []
    return video.plan(data, kind, recipe.sampling, windows, limits)
