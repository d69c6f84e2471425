"""Training media through the service's own decoder, sampler and resizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worker.decode.decode import Pixels, decode
from worker.decode.protocol import MediaLimits
from worker.domain.failure import Poison
from worker.domain.media import MediaKind
from worker.domain.recipe import DecodeRecipe, PixelGrid
from worker.training.stage import Budgets, StageInvalid


def narrowed(recipe: DecodeRecipe, budgets: Budgets) -> DecodeRecipe:
    """The recipe within a stage's budgets. Never wider: the service would not show as much."""
    sampling = recipe.sampling
    if budgets.frames is not None:
        frames = min(budgets.frames, sampling.max_frames)
        least = min(sampling.min_frames, frames)
        sampling = sampling.model_copy(update={"max_frames": frames, "min_frames": least})
    return recipe.model_copy(
        update={
            "image": _capped(recipe.image, budgets.image_pixels),
            "video": _capped(recipe.video, budgets.frame_pixels),
            "sampling": sampling,
        }
    )


def _capped(grid: PixelGrid, most: int | None) -> PixelGrid:
    if most is None:
        return grid
    if most < grid.min_pixels:
        raise StageInvalid(
            f"budgets ask for {most} pixels at most, below the recipe's least of {grid.min_pixels}"
        )
    return grid.model_copy(update={"max_pixels": min(most, grid.max_pixels)})


def look(path: Path, recipe: DecodeRecipe) -> Pixels:
    """What the model sees of a file. In this process: training sets are one's own files.

    Raises ``StageInvalid`` that names the file.
    """
    try:
        return decode(path.read_bytes(), recipe, MediaLimits())
    except Poison as error:
        raise StageInvalid(
            f"{path} cannot be learnt from: {error}. `ivy-worker data check` finds all such files"
        ) from error
    except OSError as error:
        raise StageInvalid(f"{path} cannot be read: {error.strerror}") from error


def processor_inputs(pixels: Pixels) -> dict[str, Any]:
    """One media as transformers' processor takes it: on the grid already, and left as it is."""
    from PIL import Image
    from transformers.video_utils import VideoMetadata

    if pixels.facts.kind is MediaKind.IMAGE:
        return {
            "images": [Image.fromarray(pixels.frames[0])],
            "images_kwargs": {"do_resize": False},
        }
    assert pixels.sampling is not None, "a video comes with its sampling"
    metadata = VideoMetadata(
        total_num_frames=pixels.sampling.source_frames,
        fps=pixels.sampling.source_fps,
        duration=pixels.sampling.source_frames / pixels.sampling.source_fps,
        frames_indices=list(pixels.sampling.frame_indices),
    )
    return {
        "videos": [pixels.frames],
        "video_metadata": [metadata],
        "videos_kwargs": {"do_sample_frames": False, "do_resize": False},
    }
