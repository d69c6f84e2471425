"""Our pixels and frames are those of the model card's own snippet, to the bit.

The snippet goes through qwen-vl-utils: `process_vision_info` opens, converts and resizes, and the
processor finds nothing left to resize. Where we differ on purpose, a test says so.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from qwen_vl_utils import vision_process
from qwen_vl_utils.vision_process import fetch_image, smart_nframes

from tests.support.media import encode, pixels
from worker.decode import image
from worker.decode.decode import decode
from worker.decode.grid import fit
from worker.decode.protocol import DecodeLimits
from worker.decode.resize import resize
from worker.decode.sampling import choose_frames
from worker.models.spec import load_spec

RECIPE = load_spec("ivy-fake").recipe


def snippet(data: bytes) -> np.ndarray[Any, Any]:
    """An image as the snippet hands it to the processor."""
    grid = RECIPE.image
    element = {
        "image": Image.open(io.BytesIO(data)),
        "min_pixels": grid.min_pixels,
        "max_pixels": grid.max_pixels,
    }
    found: np.ndarray[Any, Any] = np.asarray(fetch_image(element))
    return found


def ours(data: bytes) -> np.ndarray[Any, Any]:
    image.prepare()
    found: np.ndarray[Any, Any] = decode(data, RECIPE, DecodeLimits()).frames[0]
    return found


@pytest.mark.parametrize(
    ("width", "height"), [(640, 480), (97, 333), (1920, 1080), (50, 40), (112, 112), (3500, 2500)]
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_images_of_many_sizes(width: int, height: int, form: str) -> None:
    data = encode(Image.fromarray(pixels(0.5, width, height)), form)
    assert np.array_equal(ours(data), snippet(data))


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA"])
def test_images_of_many_modes(mode: str) -> None:
    source = Image.fromarray(pixels(0.5, 300, 200))
    if mode in {"RGBA", "LA"}:
        source.putalpha(Image.linear_gradient("L").resize(source.size))
    data = encode(source.convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    assert np.array_equal(ours(data), snippet(data))


def test_grey_with_transparency_is_shown_on_white_by_us_alone() -> None:
    clear = Image.new("LA", (112, 112), (0, 0))
    data = encode(clear, "PNG")
    assert ours(data).min() == 255
    assert snippet(data).max() == 0  # as the snippet shows RGBA, too, it forgets LA


def test_a_turned_photo_is_turned_by_us_alone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode(Image.fromarray(pixels(0.5, 300, 200)), "PNG", exif=exif)
    high, wide, _ = snippet(data).shape
    assert ours(data).shape == (wide, high, 3)


@pytest.mark.parametrize(("width", "height"), [(320, 240), (131, 77), (1280, 720)])
def test_frames_are_resized_alike(monkeypatch: pytest.MonkeyPatch, width: int, height: int) -> None:
    source = np.stack([pixels(0.5, width, height, seed) for seed in range(4)])

    def read(_: object) -> tuple[torch.Tensor, dict[str, Any], float]:
        """What its readers of video files give: uint8, (frames, 3, height, width)."""
        return torch.from_numpy(source).permute(0, 3, 1, 2), {}, 1.0

    monkeypatch.setattr(vision_process, "VIDEO_READER_BACKENDS", {"torchvision": read})
    monkeypatch.setattr(vision_process, "get_video_reader_backend", lambda: "torchvision")
    grid = RECIPE.video
    theirs = vision_process.fetch_video(
        {"video": "clip.mp4", "min_pixels": grid.min_pixels, "max_pixels": grid.max_pixels}
    )
    assert isinstance(theirs, torch.Tensor)
    high, wide = fit(height, width, grid)
    mine = np.stack([resize(frame, high, wide, RECIPE.video_resizer) for frame in source])
    assert np.array_equal(mine, theirs.permute(0, 2, 3, 1).numpy())


@given(
    count=st.integers(min_value=4, max_value=20_000),
    fps=st.sampled_from([10.0, 23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 60.0]),
)
def test_the_same_frames_are_taken(count: int, fps: float) -> None:
    sampling = RECIPE.sampling
    element = {
        "fps": sampling.fps,
        "min_frames": sampling.min_frames,
        "max_frames": sampling.max_frames,
    }
    number = smart_nframes(element, total_frames=count, video_fps=fps)
    theirs = torch.linspace(0, count - 1, number).round().long().tolist()
    mine = choose_frames(count, fps, sampling)
    assert len(mine) == number
    # Halves may fall either way: theirs are computed in 32 bits.
    assert all(abs(a - b) <= 1 for a, b in zip(mine, theirs, strict=True))
    assert sum(a != b for a, b in zip(mine, theirs, strict=True)) <= 2
