"""Media under the names that TRL carries, and back under those that the model takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

VIDEO = 2
"""transformers' mark of a clip's tokens in ``mm_token_type_ids``."""


def as_carried(rows: Sequence[dict[str, Any]], batch: dict[str, Any]) -> dict[str, torch.Tensor]:
    """One media to a row: pixels, grid ``(rows, 3)``, and its seconds per pair of frames.

    The seconds, shape ``(rows,)`` and 0 for a picture, travel as ``image_sizes``, which TRL cuts
    along with the grids and looks at nowhere.
    """
    pixels, grids, seconds = [], [], []
    for row in rows:
        clip = "pixel_values_videos" in row
        pixels.append(row["pixel_values_videos" if clip else "pixel_values"])
        grids.append(row["video_grid_thw" if clip else "image_grid_thw"])
        each = torch.as_tensor(row["second_per_grid_ts"]) if clip else torch.zeros(1)
        seconds.append(each.float().flatten())
    return {
        "pixel_values": torch.cat(pixels),
        "image_grid_thw": torch.cat(grids),
        "image_sizes": torch.cat(seconds),
        "mm_token_type_ids": batch["mm_token_type_ids"],
    }


def rows_of(carried: dict[str, Any], part: slice) -> dict[str, Any]:
    """Some rows of it."""
    lengths = carried["image_grid_thw"].prod(dim=-1).tolist()
    begin, end, _ = part.indices(len(lengths))
    first = sum(lengths[:begin])
    return {
        "pixel_values": carried["pixel_values"][first : first + sum(lengths[begin:end])],
        **{name: carried[name][part] for name in carried if name != "pixel_values"},
    }


def as_model_takes(carried: dict[str, Any]) -> dict[str, Any]:
    """Pictures and clips apart, by the kind of their tokens."""
    kinds, grids = carried["mm_token_type_ids"], carried["image_grid_thw"]
    clips = (kinds == VIDEO).any(dim=1)
    rows = torch.split(carried["pixel_values"], grids.prod(dim=-1).tolist())
    taken: dict[str, Any] = {"mm_token_type_ids": kinds}
    for these, pixels, grid in (
        (~clips, "pixel_values", "image_grid_thw"),
        (clips, "pixel_values_videos", "video_grid_thw"),
    ):
        if these.any():
            taken[pixels] = torch.cat([rows[n] for n in these.nonzero().flatten().tolist()])
            taken[grid] = grids[these]
    if clips.any():
        taken["second_per_grid_ts"] = carried["image_sizes"][clips]
    return taken
