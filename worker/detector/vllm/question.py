"""A question as vLLM takes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.domain.media import MediaKind, VideoSampling
from worker.domain.recipe import TEMPORAL_PATCH
from worker.models.spec import ModelSpec


def prompts(spec: ModelSpec, renderer: Any) -> dict[MediaKind, str]:
    """The questions as text, by the processor's chat template, as the models' authors do it.

    The tokenizer's may be another one, or missing.
    """
    processor = renderer.get_mm_processor().info.get_hf_processor()
    return {
        kind: processor.apply_chat_template(
            spec.prompt.messages(kind), add_generation_prompt=True, tokenize=False
        )
        for kind in MediaKind
    }


def question(
    kind: MediaKind, text: str, pixels: npt.NDArray[np.uint8], sampling: VideoSampling | None
) -> dict[str, Any]:
    """VLLM's prompt: the text, with a placeholder of the media, and the media."""
    # Media go in as a list: a bare None would drop the picture without a word.
    return {"prompt": text, "multi_modal_data": {kind.value: [_media(kind, pixels, sampling)]}}


def _media(kind: MediaKind, pixels: npt.NDArray[np.uint8], sampling: VideoSampling | None) -> Any:
    if kind is MediaKind.IMAGE:
        return Image.fromarray(pixels[0])
    assert sampling is not None, "a video comes with its sampling"
    # A copy: torch takes no read-only memory.
    return np.array(pixels), {
        # Of the source, not of what was sampled: the positions in time are computed from these.
        "total_num_frames": sampling.source_frames,
        "fps": sampling.source_fps,
        "duration": sampling.source_frames / sampling.source_fps,
        "frames_indices": list(sampling.frame_indices),
    }


def keep_times_exact(rendered: Any, sampling: VideoSampling | None) -> None:
    """Put back the seconds from one temporal patch to the next, which vLLM rounds like pixels.

    In bfloat16, 9.98 s are 10. Multiplied and cut to whole positions, that moves every fifth clip's
    frames in time (M-RoPE), against transformers and so against training.
    """
    if sampling is None:
        return
    import torch

    sampled_fps = len(sampling.frame_indices) / sampling.source_frames * sampling.source_fps
    for item in rendered["mm_kwargs"].get(MediaKind.VIDEO.value, ()):
        # Only Qwen2.5-VL has them; and an item is None if the engine core is known to have it.
        if item is not None and "second_per_grid_ts" in item:
            exact = torch.tensor(TEMPORAL_PATCH / sampled_fps, dtype=torch.float32)
            item["second_per_grid_ts"].data = exact
