"""Frames to the model's grid, by torchvision, as the model's own package does it."""

from __future__ import annotations

import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import resize


def resized(frames: torch.Tensor, height: int, width: int) -> tuple[int, ...]:
    """The shape of the result. ``frames`` is uint8, shape ``(frames, 3, height, width)``."""
    found = resize(frames, [height, width], InterpolationMode.BICUBIC, antialias=True)
    return tuple(found.shape)
