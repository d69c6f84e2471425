"""Where tokens stand in time and space (M-RoPE), in batches, as vLLM has it."""

from __future__ import annotations

from typing import Any

import torch


def count_on_from_the_media(model: Any) -> None:
    """Let the text after a clip begin behind the clip's last position, on any of the three axes.

    What ``detector/reference/positions.py`` does for one question, and why: else a model is trained
    on other positions than the service asks it with. One media to a row.
    """
    original = model.get_rope_index

    def get_rope_index(
        input_ids: torch.Tensor, mm_token_type_ids: torch.Tensor, **features: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        positions, offsets = original(input_ids, mm_token_type_ids=mm_token_type_ids, **features)
        for row, kinds in enumerate(mm_token_type_ids):
            media = kinds.nonzero()
            if not len(media) or int(media.max()) + 1 >= positions.shape[-1]:
                continue
            begin, after = int(media.min()), int(media.max()) + 1
            highest = positions[:, row, begin:after].max()
            missing = (highest + 1 - positions[0, row, after]).clamp(min=0)
            positions[:, row, after:] += missing
            offsets[row] += missing
        return positions, offsets

    model.get_rope_index = get_rope_index
