"""Resizing exactly as the model's own code does, so that its processor leaves everything as it is.

Pillow's bicubic and both of torchvision's differ by 1 or 2 levels here and there, FFmpeg's and
OpenCV's by up to 16: for a model that looks for traces of generation, those are different pictures.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as v1
from torchvision.transforms.v2 import functional as v2

from worker.decode.source_frames import Frame
from worker.domain.recipe import Resizer


def resize(frame: Frame, height: int, width: int, resizer: Resizer = Resizer.TORCHVISION) -> Frame:
    """Bicubic with antialiasing, on uint8; a frame of that size stays as it is."""
    if frame.shape[:2] == (height, width):
        return frame
    if resizer is Resizer.PILLOW:
        resampled = Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC)
        return np.asarray(resampled)
    # torchvision wants (3, height, width); a copy also gives it memory that it may take as its own.
    pixels = torch.from_numpy(np.array(frame)).permute(2, 0, 1)
    functional = v1 if resizer is Resizer.TORCHVISION_V1 else v2
    resized = functional.resize(
        pixels, [height, width], interpolation=InterpolationMode.BICUBIC, antialias=True
    )
    return np.ascontiguousarray(resized.permute(1, 2, 0).numpy())
