"""Pixels as parts of a chat message: lossless, so that the server's model sees what ours would."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.detector.openai.times import frame_rate
from worker.domain.media import MediaKind, VideoSampling
from worker.domain.recipe import TEMPORAL_PATCH, DecodeRecipe, Resizer

Pixels = npt.NDArray[np.uint8]
"""RGB, of shape ``(frames, height, width, 3)``, on the model's resize grid."""

PNG_LEVEL = 1
"""Of zlib. Its default, 6, took three times as long and saved an eighth of the bytes."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One media, packed."""

    kind: MediaKind
    part: dict[str, Any]
    """A content part, as the chat API takes it."""
    tokens: int
    """Of the prompt, that it must take if the server leaves it as it is."""
    media_options: dict[str, Any] = field(default_factory=dict)
    """What vLLM must know to read it: ``media_io_kwargs``."""


def pack(
    pixels: Pixels, sampling: VideoSampling | None, recipe: DecodeRecipe, *, as_file: bool = False
) -> Packed:
    """An image where there is no ``sampling``, else a video.

    A video goes as a list of PNGs, its times beside it: vLLM's loader of ``video/jpeg`` lists
    splits at commas and opens each part with Pillow, whatever format it is in. ``as_file`` makes a
    file of it, for servers that take no options with a request.
    """
    frames, height, width, _ = pixels.shape
    factor = (recipe.image if sampling is None else recipe.video).factor
    tokens = math.ceil(frames / TEMPORAL_PATCH) * (height // factor) * (width // factor)
    if sampling is None:
        part = _url_part("image_url", "image/png", _base64(_png(pixels[0])))
        return Packed(MediaKind.IMAGE, part, tokens)
    if as_file:
        part = _url_part("video_url", "video/x-msvideo", _base64(_avi(pixels, sampling)))
        return Packed(MediaKind.VIDEO, part, tokens)
    listed = ",".join(_base64(_png(frame)) for frame in pixels)
    part = _url_part("video_url", "video/jpeg", listed)
    return Packed(MediaKind.VIDEO, part, tokens, {"video": _metadata(sampling, recipe)})


def says_times(recipe: DecodeRecipe) -> bool:
    """Whether the model reads the frames' times in words, as Qwen3-VL does.

    Qwen2.5-VL has them as positions.
    """
    return recipe.video_resizer is Resizer.QWEN3_VL


def _url_part(name: str, mime: str, data: str) -> dict[str, Any]:
    return {"type": name, name: {"url": f"data:{mime};base64,{data}"}}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _png(pixels: Pixels) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "PNG", compress_level=PNG_LEVEL)
    return packed.getvalue()


def _metadata(sampling: VideoSampling, recipe: DecodeRecipe) -> dict[str, Any]:
    """Of the source, not of what was sampled: the positions in time are computed from these."""
    fps = sampling.source_fps
    if not says_times(recipe):
        fps = float(frame_rate(sampling)) * sampling.source_frames / len(sampling.frame_indices)
    return {
        "num_frames": -1,  # all that are sent
        "fps": fps,
        "total_num_frames": sampling.source_frames,
        "duration": sampling.source_frames / sampling.source_fps,
        "frames_indices": list(sampling.frame_indices),
        "do_sample_frames": False,
    }


def _avi(pixels: Pixels, sampling: VideoSampling) -> bytes:
    """FFV1 (RFC 9043) in an AVI, whose header has the rate as a fraction and counts the frames.

    vLLM's loader drops an odd last frame, which the model would have seen doubled.
    """
    import av

    packed = io.BytesIO()
    with av.open(packed, "w", format="avi") as out:
        stream = out.add_stream("ffv1", rate=frame_rate(sampling))
        stream.height, stream.width = pixels.shape[1:3]
        stream.pix_fmt = "bgr0"
        stream.thread_count = 1
        for frame in _even(pixels):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode(None))
    return packed.getvalue()


def _even(pixels: Pixels) -> Sequence[Pixels]:
    frames = [np.ascontiguousarray(frame) for frame in pixels]
    return frames + frames[-1:] * (len(frames) % TEMPORAL_PATCH)
