"""What reaches a model, whoever made it, so that two makings can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

PARTS = {
    "pixel_values": "pixels",
    "pixel_values_videos": "pixels",
    "image_grid_thw": "grid",
    "video_grid_thw": "grid",
    "second_per_grid_ts": "seconds",
}
"""transformers' names of the tensors that are compared, and what they are to a person."""


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """One question."""

    token_ids: list[int]
    positions: npt.NDArray[np.int64]
    """Where each token stands in time, height and width: shape ``(3, tokens)``."""
    features: dict[str, Any]
    """Tensors by transformers' names."""

    def differences(self, other: ModelInputs) -> tuple[str, ...]:
        """What is not the same to the bit: of ``PARTS``, ``token ids`` and ``positions``.

        Pixels of two precisions are compared in the lower one, which is the model's.
        """
        found = [
            part
            for name, part in PARTS.items()
            if not _same(self.features.get(name), other.features.get(name))
        ]
        if self.token_ids != other.token_ids:
            found.append("token ids")
        if not np.array_equal(self.positions, other.positions):
            found.append("positions")
        return tuple(found)


def _same(one: Any, other: Any) -> bool:
    import torch

    if one is None or other is None:
        return one is other
    # With or without a batch of one.
    first, second = torch.as_tensor(one).flatten(), torch.as_tensor(other).flatten()
    if torch.bfloat16 in {first.dtype, second.dtype}:
        first, second = first.bfloat16(), second.bfloat16()
    return first.shape == second.shape and torch.equal(first, second.to(first.dtype))
