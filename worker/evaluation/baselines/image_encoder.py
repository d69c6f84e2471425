"""A CLIP out of a local folder, as a function from frames to vectors."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from worker.evaluation.baselines.features import Frames
from worker.evaluation.local_model import weights_of

Vectors = npt.NDArray[np.float64]

AT_ONCE = 16
"""Frames in one pass: more gain nothing on a CPU, and take memory."""


class ImageEncoderUnusable(Exception):
    """There is no CLIP in a folder; the text names the option and says what to do."""


class ImageEncoder:
    """The projected embedding of each frame."""

    def __init__(self, folder: Path) -> None:
        """Raises ``ImageEncoderUnusable``."""
        if not (folder / "config.json").is_file():
            raise ImageEncoderUnusable(
                f"--encoder: there is no model in {folder} (no config.json). Nothing is downloaded"
                " here: bring a CLIP into a folder first, such as by `hf download"
                f" openai/clip-vit-large-patch14 --local-dir {folder}`"
            )
        import torch
        from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection
        from transformers.utils import logging

        logging.disable_progress_bar()  # of the loading, which takes a second
        try:
            self._processor: Any = CLIPImageProcessor.from_pretrained(folder, local_files_only=True)
            model: Any = CLIPVisionModelWithProjection.from_pretrained(
                folder, local_files_only=True
            )
        except (OSError, ValueError, KeyError) as error:
            raise ImageEncoderUnusable(
                f"--encoder: the model in {folder} does not load as a CLIP"
            ) from error
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = model.eval().to(self._device)
        self._one = threading.Lock()
        self.folder = folder.resolve()
        self.weights = weights_of(folder)

    def encode(self, frames: Frames) -> Vectors:
        """Shape ``(frames, size)``, of length 1 each. One caller at a time; others wait."""
        import torch

        found = []
        with self._one, torch.inference_mode():
            for begin in range(0, len(frames), AT_ONCE):
                # Copies: torch takes no memory that it could not write to.
                some = [np.array(frame) for frame in frames[begin : begin + AT_ONCE]]
                pixels = self._processor(images=some, return_tensors="pt")["pixel_values"]
                pixels = pixels.to(self._device)
                found.append(self._model(pixel_values=pixels).image_embeds.float().cpu().numpy())
        vectors = np.concatenate(found).astype(np.float64)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
