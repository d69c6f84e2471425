"""Resizing exactly as the Hugging Face processor does, so that it finds nothing left to resize.

Pillow's bicubic differs from this by up to 1 level, FFmpeg's and OpenCV's by up to 16: for a
model that looks for traces of generation, those are different pictures.
"""

from __future__ import annotations

import numpy as np
import torch
from torchvision.transforms.v2 import functional

from worker.decode.source_frames import Frame


def resize(frame: Frame, height: int, width: int) -> Frame:
    """Bicubic with antialiasing, by torchvision, on uint8; one of that size stays as it is."""
    if frame.shape[:2] == (height, width):
        return frame
    # torchvision wants (3, height, width); a copy also gives it memory that it may take as its own.
    pixels = torch.from_numpy(np.array(frame)).permute(2, 0, 1)
    resized = functional.resize(
        pixels,
        [height, width],
        interpolation=functional.InterpolationMode.BICUBIC,
        antialias=True,
    )
    return np.ascontiguousarray(resized.permute(1, 2, 0).numpy())
