"""From the bytes of a file to the pixels that the model takes. Runs where it can do no harm."""

from __future__ import annotations

from dataclasses import dataclass
from mmap import mmap

import numpy as np
import numpy.typing as npt

from worker.decode import image, video
from worker.decode.grid import fit
from worker.decode.headers.check import check_header
from worker.decode.mapped_file import Data
from worker.decode.protocol import DecodeLimits, MediaLimits
from worker.decode.resize import resize
from worker.decode.sniff import FileType, Library, sniff
from worker.domain.media import MediaFacts, MediaKind, VideoSampling
from worker.domain.recipe import DecodeRecipe, Resizer
from worker.domain.windows import Window, Windows


@dataclass(frozen=True, slots=True)
class Pixels:
    """``frames`` is uint8, RGB, shape ``(frames, height, width, 3)``, on the recipe's grid."""

    frames: npt.NDArray[np.uint8]
    facts: MediaFacts
    sampling: VideoSampling | None


def decode(
    data: Data,
    recipe: DecodeRecipe,
    limits: DecodeLimits | MediaLimits,
    window: Window | None = None,
) -> Pixels:
    """Decode, sample and resize one file, or one window of it. Raises ``Poison``.

    ``limits`` may be the same for all kinds of media, or of each kind.
    """
    kind, most = _looked_at(data, limits)
    if window is not None:
        shot = video.read_window(data, kind, window, most)
    else:
        reader = image if kind.library is Library.PILLOW else video
        shot = reader.read(data, kind, recipe.sampling, most)
    still = shot.facts.kind is MediaKind.IMAGE
    grid = recipe.image if still else recipe.video
    resizer = recipe.image_resizer if still else recipe.video_resizer
    facts, sampling, sources = shot.facts, shot.sampling, shot.frames
    height, width = fit(facts.height, facts.width, grid, resizer, len(sources))
    if resizer is not Resizer.PILLOW:
        sources = [np.asarray(source) for source in sources]
    del shot  # and with it what Pillow has: of a large picture the copy alone is enough
    frames = [resize(source, height, width, resizer) for source in sources]
    return Pixels(
        # A single one is not copied: of a photograph that is the largest thing here.
        frames=frames[0][np.newaxis] if len(frames) == 1 else np.stack(frames),
        facts=facts,
        sampling=sampling,
    )


def held(mapped: mmap) -> Data:
    """A picture as a copy, for many readers want bytes; a video, which is large, where it lies.

    Raises ``Poison``.
    """
    return mapped[:] if sniff(mapped).library is Library.PILLOW else mapped


def plan_windows(
    data: Data,
    recipe: DecodeRecipe,
    windows: Windows,
    limits: DecodeLimits | MediaLimits,
) -> list[Window]:
    """Where to cut a video. Empty for what Pillow opens: an animation stays whole.

    Raises ``Poison``.
    """
    kind, most = _looked_at(data, limits)
    if kind.library is Library.PILLOW:
        return []
    return video.plan(data, kind, recipe.sampling, windows, most)


def _looked_at(data: Data, limits: DecodeLimits | MediaLimits) -> tuple[FileType, DecodeLimits]:
    """The type of a file, and the limits for it, which its header keeps to."""
    kind = sniff(data)
    most: DecodeLimits
    if isinstance(limits, MediaLimits):
        most = limits.image if kind.library is Library.PILLOW else limits.video
    else:
        most = limits
    check_header(data, kind, most)
    return kind, most
