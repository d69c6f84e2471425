"""What vLLM's processor is told, so that it leaves media on the recipe's grid as they are."""

from __future__ import annotations

from typing import Any

from worker.domain.recipe import DecodeRecipe, PixelGrid


def processor_options(recipe: DecodeRecipe) -> dict[str, Any]:
    """VLLM's ``mm_processor_kwargs``: they leave media on the recipe's grid as they are.

    It would resize a narrow picture again. The sizes tell vLLM how much memory the largest media
    takes.
    """
    return {
        "images_kwargs": {"size": _size(recipe.image), "do_resize": False},
        "videos_kwargs": {
            "size": _size(recipe.video),
            "do_resize": False,
            "do_sample_frames": False,
            "cap_pixels_per_frame": False,
        },
    }


def _size(grid: PixelGrid) -> dict[str, int]:
    return {"shortest_edge": grid.min_pixels, "longest_edge": grid.max_pixels}
