"""What vLLM is told about media beside them, with each request or when it is started."""

from __future__ import annotations

import json
from typing import Any

from worker.domain.recipe import DecodeRecipe, PixelGrid


def processor_options(recipe: DecodeRecipe) -> dict[str, Any]:
    """VLLM's ``mm_processor_kwargs``: they leave media on the recipe's grid as they are.

    The sizes tell vLLM how much memory the largest media takes.
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


def server_flags(recipe: DecodeRecipe) -> str:
    """The flags of vLLM's server that make it leave our media as they are: one of two ways."""
    told = json.dumps(processor_options(recipe))
    return f"--trust-request-mm-kwargs, or --mm-processor-kwargs '{told}'"
