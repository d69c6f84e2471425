"""That what is sent comes out of vLLM's own loaders as it went in."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
import pytest
import torch

from worker.detector.openai.packing import Pixels, pack
from worker.detector.openai.times import positions
from worker.domain.media import VideoSampling
from worker.models.spec import load_spec

RECIPE = load_spec("tiny").recipe


def noise(frames: int, height: int = 84, width: int = 140) -> Pixels:
    return np.random.default_rng(frames).integers(0, 256, (frames, height, width, 3), np.uint8)


def sampled(frames: int, fps: float = 29.97, source_frames: int = 301) -> VideoSampling:
    indices = np.linspace(0, source_frames - 1, frames).round()
    return VideoSampling(fps, source_frames, tuple(int(index) for index in indices))


def address(part: dict[str, Any]) -> tuple[str, str]:
    """Media type and data of a data URL."""
    head, _, data = str(part[part["type"]]["url"]).partition(";base64,")
    return head.removeprefix("data:"), data


@pytest.mark.vllm
def test_an_image_is_loaded_as_it_was() -> None:
    from vllm.multimodal.media.image import ImageMediaIO

    pixels = noise(1)
    packed = pack(pixels, None, RECIPE)
    assert packed.tokens == 3 * 5
    loaded = ImageMediaIO().load_base64(*address(packed.part)).media
    assert np.array_equal(np.asarray(loaded), pixels[0])


@pytest.mark.vllm
@pytest.mark.parametrize("frames", [1, 2, 6, 40])
def test_frames_are_loaded_as_they_were_with_their_times(frames: int) -> None:
    from vllm.multimodal.media.image import ImageMediaIO
    from vllm.multimodal.media.video import VideoMediaIO

    pixels, sampling = noise(frames), sampled(frames)
    packed = pack(pixels, sampling, RECIPE)
    assert packed.tokens == math.ceil(frames / 2) * 3 * 5
    loader = VideoMediaIO(ImageMediaIO(), **packed.media_options["video"])
    loaded, metadata = loader.load_base64(*address(packed.part)).media
    assert np.array_equal(loaded, pixels)
    assert metadata["frames_indices"] == list(sampling.frame_indices)
    assert metadata["total_num_frames"] == 301
    assert metadata["duration"] == pytest.approx(301 / 29.97)
    assert metadata["fps"] == pytest.approx(29.97, rel=0.01)


@pytest.mark.vllm
@pytest.mark.parametrize("frames", [1, 2, 4, 6])
@pytest.mark.parametrize("source_frames", [6, 48, 301, 1800])
def test_a_file_is_loaded_as_it_was_at_the_sampled_rate(frames: int, source_frames: int) -> None:
    from vllm.multimodal.media.image import ImageMediaIO
    from vllm.multimodal.media.video import VideoMediaIO

    pixels, sampling = noise(frames), sampled(frames, 6.0, source_frames)
    packed = pack(pixels, sampling, RECIPE, as_file=True)
    mime, data = address(packed.part)
    assert mime == "video/x-msvideo"
    loader = VideoMediaIO(ImageMediaIO(), video_backend="qwen2_vl")  # as for its processor
    loaded, metadata = loader.load_bytes(base64.b64decode(data)).media
    doubled = np.concatenate([pixels, pixels[-1:]]) if frames % 2 else pixels
    if frames * 6.0 / source_frames > 2 and frames > 4:  # it takes no more than 2 a second
        assert len(loaded) < frames
        return
    assert np.array_equal(loaded, doubled)
    assert metadata["total_num_frames"] == len(metadata["frames_indices"]) == len(doubled)
    assert metadata["fps"] == pytest.approx(frames * 6.0 / source_frames, rel=0.01)


@pytest.mark.parametrize("fps", [6.0, 23.976, 24.0, 25.0, 29.97, 30.0, 59.94])
def test_times_survive_bfloat16(fps: float) -> None:
    harmed = 0
    minute = int(60 * 3 * fps)  # the source of three pairs that lie so far apart
    for source_frames in range(6, minute, minute // 500):
        sampling = sampled(6, fps, source_frames)
        exact = 2 / (6 / source_frames * fps)
        options = pack(noise(6, 28, 28), sampling, RECIPE).media_options["video"]
        told = 2 / (6 / options["total_num_frames"] * options["fps"])
        wanted = positions(float(np.float32(exact)), 3)
        assert positions(in_bfloat16(told), 3) == wanted, (fps, source_frames)
        harmed += positions(in_bfloat16(exact), 3) != wanted
    assert harmed > 20  # which is what this is for


def in_bfloat16(number: float) -> float:
    return float(torch.tensor(number, dtype=torch.float32).to(torch.bfloat16).item())
