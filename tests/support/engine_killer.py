"""A fault in the engine: a picture of one shape ends the process that runs the model.

A plugin of vLLM's own kind, found by its entry point in the engine process and nowhere else: the
product knows nothing of it, and what dies is the real engine, over a real request.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.support.media import encode

DEADLY_GRID = [1, 20, 4]
"""Patches of 14 pixels: frames, rows, columns. No other media of a test has this shape."""

ENTRY_POINTS = """
[vllm.general_plugins]
engine_killer = tests.support.engine_killer:install
"""


def deadly_picture() -> bytes:
    """The one file that the engine does not survive."""
    return encode(Image.fromarray(np.full((280, 56, 3), (60, 110, 180), np.uint8)), "PNG")


def plugin_folder(folder: Path) -> Path:
    """A folder that makes vLLM load the plugin, once it is on its ``PYTHONPATH``."""
    info = folder / "engine_killer-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: engine-killer\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


def install() -> None:
    """Called by vLLM in each of its processes, before the model is loaded."""
    from vllm.model_executor.models.qwen2_5_vl import Qwen2_5_VLForConditionalGeneration as Model

    encode_images = Model._process_image_input

    def encode_or_die(self: Any, image_input: Any) -> Any:
        if DEADLY_GRID in image_input["image_grid_thw"].tolist():
            os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where memory runs out
        return encode_images(self, image_input)

    Model._process_image_input = encode_or_die
