"""A question about a file in the model card's own steps, from the file to the model's inputs.

``process_vision_info`` opens and resizes, the chat template makes the text, and the processor both
into tensors. For files of one's own: it opens anything that Pillow and FFmpeg open.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worker.detector.reference.video_reader import lend_to_torchvision
from worker.domain.media import MediaKind
from worker.domain.recipe import PixelGrid
from worker.models.spec import ModelSpec


class SnippetUnavailable(Exception):
    """qwen-vl-utils is not installed."""


def snippet_inputs(
    processor: Any, spec: ModelSpec, path: Path, kind: MediaKind, begun: str = ""
) -> Any:
    """The processor's output for a file: token ids, and pixels as the model takes them.

    The recipe's sizes and sampling are asked for by their names in the snippet; who resizes is the
    snippet's own choice. ``begun`` is what the answer begins with already. Raises
    ``SnippetUnavailable``, and whatever the libraries raise for a file that they do not take.
    """
    process_vision_info = _qwen_vl_utils()
    messages = spec.prompt.messages(kind)
    messages[-1]["content"][0].update(_element(spec, path, kind))
    text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    images, videos, options = process_vision_info(
        messages,
        return_video_kwargs=True,
        # With the source's own rate and the frames taken: else the processor assumes 24 a second.
        return_video_metadata=True,
        image_patch_size=processor.image_processor.patch_size,
    )
    if videos is not None:
        videos, metadata = zip(*videos, strict=True)
        options["video_metadata"] = list(metadata)
    features = processor(
        text=[text + begun],
        images=images,
        videos=list(videos) if videos is not None else None,
        # As in Qwen3-VL's card. With Qwen2.5-VL's there is nothing left to resize.
        do_resize=False,
        padding=True,
        return_tensors="pt",
        **options,
    )
    features.pop("video_metadata", None)
    return features


def _qwen_vl_utils() -> Any:
    try:
        from qwen_vl_utils import process_vision_info
    except ImportError as error:
        raise SnippetUnavailable(
            "the model card's steps need qwen-vl-utils: pip install qwen-vl-utils"
        ) from error
    lend_to_torchvision()
    return process_vision_info


def _element(spec: ModelSpec, path: Path, kind: MediaKind) -> dict[str, Any]:
    recipe = spec.recipe
    if kind is MediaKind.IMAGE:
        return {"image": str(path), **_limits(recipe.image)}
    return {
        "video": str(path),
        **_limits(recipe.video),
        "fps": recipe.sampling.fps,
        "min_frames": recipe.sampling.min_frames,
        "max_frames": recipe.sampling.max_frames,
    }


def _limits(grid: PixelGrid) -> dict[str, int]:
    return {"min_pixels": grid.min_pixels, "max_pixels": grid.max_pixels}
