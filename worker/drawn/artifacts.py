"""Artifacts of Ivy-Fake's taxonomy, drawn into frames. What each is, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from worker.domain.media import MediaKind
from worker.domain.taxonomy import Dimension

Pixels = npt.NDArray[np.uint8]
"""RGB, shape ``(frames, height, width, 3)``."""

Draw = Callable[[np.random.Generator, Pixels], None]
"""Draws into the frames in place."""

LEAST_SHARE, MOST_SHARE = 0.45, 0.7
"""Side of a patch as a share of the frame's: two tokens of four at least, so that it is seen."""

FLICKER = 0.5
"""Brightness of the dark frames: the eye sees a flicker of half the light at once."""


def _patch(rng: np.random.Generator, frames: Pixels) -> tuple[slice, slice]:
    """Rows and columns of a patch, somewhere within the frame."""
    height, width = frames.shape[1:3]
    places = []
    for side in (height, width):
        length = int(side * rng.uniform(LEAST_SHARE, MOST_SHARE))
        begin = int(rng.integers(0, side - length + 1))
        places.append(slice(begin, begin + length))
    return places[0], places[1]


def localized_blur(rng: np.random.Generator, frames: Pixels) -> None:
    """A patch without any detail in a picture that has it everywhere else."""
    rows, columns = _patch(rng, frames)
    radius = 0.08 * min(frames.shape[1:3])
    for frame in frames:
        soft = Image.fromarray(frame[rows, columns]).filter(ImageFilter.GaussianBlur(radius))
        frame[rows, columns] = np.asarray(soft)


def chromatic_irregularity(rng: np.random.Generator, frames: Pixels) -> None:
    """A patch whose red and green have changed places with blue: a hue that nothing else has."""
    rows, columns = _patch(rng, frames)
    patch = frames[:, rows, columns].astype(np.float64)
    light = patch.mean(axis=-1, keepdims=True)
    hue = np.array([1.5, 0.3, 1.5]) if rng.random() < 0.5 else np.array([0.3, 1.7, 0.6])
    frames[:, rows, columns] = np.clip(light * hue, 0, 255).astype(np.uint8)


def abnormal_texture(rng: np.random.Generator, frames: Pixels) -> None:
    """A patch with a regular grid over it, as upsampling leaves."""
    rows, columns = _patch(rng, frames)
    height, width = frames.shape[1:3]
    y, x = np.mgrid[0:height, 0:width][:, rows, columns]
    period = max(6, round(min(height, width) / 18))
    grid = ((x // (period // 2) + y // (period // 2)) % 2 * 2 - 1)[..., None] * 45.0
    patch = frames[:, rows, columns].astype(np.float64) + grid
    frames[:, rows, columns] = np.clip(patch, 0, 255).astype(np.uint8)


def luminance_discrepancy(rng: np.random.Generator, frames: Pixels) -> None:
    """Flicker: seconds of full light and of half the light by turns, in clips of a second or more.

    The change is once a second, for the model sees one frame of each.
    """
    second = max(1, len(frames) // max(1, round(len(frames) / 12)))
    dark = np.arange(len(frames)) // second % 2 == rng.integers(2)
    frames[dark] = (frames[dark] * FLICKER).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact."""

    dimension: Dimension
    heading: str
    """The dimension's name as explanations write it."""
    said: str
    """What is wrong, in a sentence."""
    draw: Draw
    clips_only: bool = False

    @property
    def name(self) -> str:
        """The group of media that have it."""
        return self.dimension.value


ARTIFACTS = (
    Artifact(Dimension.LOCALIZED_BLUR, "Localized Blur", "One part is blurred.", localized_blur),
    Artifact(
        Dimension.CHROMATIC_IRREGULARITY,
        "Chromatic Irregularity",
        "One part has an unnatural hue.",
        chromatic_irregularity,
    ),
    Artifact(
        Dimension.ABNORMAL_TEXTURE,
        "Abnormal Texture",
        "One part has an artificial grid.",
        abnormal_texture,
    ),
    Artifact(
        Dimension.LUMINANCE_DISCREPANCY,
        "Luminance Discrepancy",
        "The light flickers.",
        luminance_discrepancy,
        clips_only=True,
    ),
)
"""Those that a model of some hundred thousand parameters can learn to see on a CPU."""


def known(kind: MediaKind) -> tuple[Artifact, ...]:
    """Those that media of a kind can have."""
    return tuple(one for one in ARTIFACTS if kind is MediaKind.VIDEO or not one.clips_only)


CLEAN = "Nothing is unnatural."
"""What is said of media without one."""


def explanation(artifact: Artifact | None) -> str:
    """The gold explanation: the words within ``<think>``."""
    return CLEAN if artifact is None else f"{artifact.heading}: {artifact.said}"
