"""From the file to the model: the snippet of the model card, ours, and what vLLM makes of ours.

Pixels, grids, token ids and positions are the same to the bit, for files of every kind; where we
differ from the snippet on purpose, a test says how. The snippet reads videos through torchvision,
which in this version no longer can: `worker/detector/reference/video_reader.py` stands in.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from tests.support.clips import clip_file, turned
from tests.support.media import encode, image_file, pixels
from tests.twins.decoder import InProcessDecoder
from worker.detector.reference import video_reader
from worker.detector.reference.detector import ReferenceDetector
from worker.detector.reference.inputs import ModelInputs
from worker.detector.reference.rendering import Rendering
from worker.detector.reference.snippet import snippet_inputs
from worker.detector.vllm.config import EngineConfig
from worker.domain.media import Content, MediaKind
from worker.models.spec import ModelSpec, load_spec
from worker.models.weights import find_weights

pytestmark = [
    pytest.mark.vllm,
    # qwen-vl-utils leaves files open.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]

IMAGE, VIDEO = MediaKind
PUBLISHED = {"min_pixels": 3136, "max_pixels": 12845056}
"""Of Qwen2.5-VL's preprocessor_config.json; there is none for videos, which so have the same."""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """Ivy-Fake in all but its weights, which are the tiny checkpoint's."""
    folder = tmp_path_factory.mktemp("card") / "weights"
    shutil.copytree(load_spec("tiny").location, folder)
    file = folder / "preprocessor_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | PUBLISHED))
    (folder / "video_preprocessor_config.json").unlink()
    return load_spec("ivy-fake").model_copy(update={"source": str(folder)})


@pytest.fixture(scope="module")
def reference(spec: ModelSpec) -> ReferenceDetector:
    detector = ReferenceDetector(spec)
    asyncio.run(detector.start())
    return detector


@pytest.fixture(scope="module")
def rendering(spec: ModelSpec) -> Iterator[Rendering]:
    made = Rendering(spec, EngineConfig(max_num_seqs=2), find_weights(spec))
    yield made
    made.close()


class Ways:
    """The three ways from a file to the model."""

    def __init__(self, reference: ReferenceDetector, rendering: Rendering, folder: Path) -> None:
        self.reference = reference
        self.rendering = rendering
        self.folder = folder

    def snippet(self, data: bytes, kind: MediaKind) -> ModelInputs:
        path = self.folder / "media"
        path.write_bytes(data)
        return self.reference.model_inputs(self.reference.file_inputs(path, kind))

    def ours(self, data: bytes) -> ModelInputs:
        """Whose tokens and pixels vLLM makes the same of."""
        decoding = InProcessDecoder().decode(Content.of(data), self.reference.recipe)
        with asyncio.run(decoding) as media:
            made = self.reference.model_inputs(self.reference.inputs(media))
            assert self.rendering.render(media).differences(made) == ()
        return made

    def same(self, data: bytes, kind: MediaKind) -> bool:
        return self.ours(data).differences(self.snippet(data, kind)) == ()


@pytest.fixture
def ways(reference: ReferenceDetector, rendering: Rendering, tmp_path: Path) -> Ways:
    return Ways(reference, rendering, tmp_path)


SIZES = [(1, 1), (5, 3), (28, 28), (280, 280), (281, 279), (640, 480), (333, 97), (4600, 3400)]
NARROW = [(10, 200), (2000, 11), (13, 2000), (200, 14), (15, 2900)]


@pytest.mark.parametrize(("width", "height"), SIZES + NARROW)
def test_images_of_every_size(ways: Ways, width: int, height: int) -> None:
    assert ways.same(image_file(0.5, "PNG", width, height), IMAGE)


def see_through(mode: str) -> Image.Image:
    picture = Image.fromarray(pixels(0.5, 120, 80)).convert(mode)
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture


def palette(**options: Any) -> bytes:
    picture = Image.fromarray(pixels(0.5, 120, 80)).convert("P")
    return encode(picture, "PNG", **options)


def test_images_of_every_mode(ways: Ways) -> None:
    picture = Image.fromarray(pixels(0.5, 120, 80))
    files = {
        "palette": palette(),
        "RGBA": encode(see_through("RGB"), "PNG"),
        "RGBA, as WebP": encode(see_through("RGB"), "WEBP", lossless=True),
        "CMYK, as TIFF": encode(picture.convert("CMYK"), "TIFF"),
        "CMYK, as JPEG": encode(picture.convert("CMYK"), "JPEG"),
        "grey": encode(picture.convert("L"), "JPEG"),
        "1 bit": encode(picture.convert("1"), "PNG"),
        "float": encode(picture.convert("F"), "TIFF"),
        "GIF of one frame": encode(picture, "GIF"),
    }
    assert {name: ways.same(data, IMAGE) for name, data in files.items()} == dict.fromkeys(
        files, True
    )


def test_what_is_transparent_is_white_by_us_in_every_mode(ways: Ways) -> None:
    grey, white = see_through("L"), Image.new("LA", (120, 80), (255, 255))
    on_white = encode(Image.alpha_composite(white.convert("RGBA"), grey.convert("RGBA")), "PNG")
    assert ways.ours(encode(grey, "PNG")).differences(ways.snippet(on_white, IMAGE)) == ()
    # The snippet minds the transparency of colour alone: here it shows what lies below.
    assert ways.same(encode(grey, "PNG"), IMAGE) is False
    with Image.open(io.BytesIO(palette())) as opened:
        assert ways.same(palette(transparency=opened.getpixel((60, 40))), IMAGE) is False


def test_16_bits_are_scaled_by_us(ways: Ways) -> None:
    levels = np.random.default_rng(0).integers(0, 65536, (80, 120)).astype(np.uint16)
    scaled = encode(Image.fromarray((levels >> 8).astype(np.uint8)), "PNG")
    for form in ("PNG", "TIFF"):
        data = encode(Image.fromarray(levels), form)
        ours = ways.ours(data)
        assert ours.differences(ways.snippet(scaled, IMAGE)) == ()
        assert ours.differences(ways.snippet(data, IMAGE)) == ("pixels",)  # it cuts at 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_by_us(ways: Ways, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(Image.fromarray(pixels(0.5, 200, 120)), "JPEG", exif=exif, quality=95)
    with Image.open(io.BytesIO(data)) as opened:
        upright = ImageOps.exif_transpose(opened)
    assert ways.ours(data).differences(ways.snippet(encode(upright, "PNG"), IMAGE)) == ()
    assert ways.same(data, IMAGE) == (orientation == 1)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_animations_are_videos_by_us(ways: Ways, form: str) -> None:
    frames = [Image.fromarray(pixels(0.5, 120, 80, seed)) for seed in range(6)]
    data = encode(frames[0], form, save_all=True, append_images=frames[1:], duration=500)
    assert "pixel_values_videos" in ways.ours(data).features
    assert "pixel_values" in ways.snippet(data, IMAGE).features  # the first frame


CLIPS: dict[str, Any] = {
    "2 frames": (2, 10),
    "3 frames": (3, 10),
    "7 frames": (7, 10),
    "1 s": (25, 25),
    "5 s": (150, 30),
    "30 s": (360, 12),
    "30 s of film": (720, Fraction(24000, 1001), 64, 48),
    "60 a second": (300, 60, 64, 48),
    # Whose seconds from patch to patch bfloat16 would round to other positions.
    "9.99 s a patch": (899, 30, 64, 48),
    "8.2 s a patch": (296, 12),
    "small": (25, 5, 16, 16),
    "on the grid": (25, 5, 336, 280),
    "odd": (25, 5, 334, 178),
    "narrow": (25, 5, 400, 18),
    "large": (25, 5, 1920, 1080),
    "upright": (25, 5, 360, 640),
}


@pytest.mark.parametrize("name", CLIPS)
def test_clips_of_every_length_rate_and_size(ways: Ways, name: str) -> None:
    assert ways.same(clip_file(*CLIPS[name]), VIDEO)


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "libx264"), ("matroska", "libx264"), ("webm", "libvpx-vp9"), ("mov", "libx265")],
)
def test_clips_at_uneven_times(ways: Ways, container: str, codec: str) -> None:
    times = np.cumsum([20 + number % 7 * 15 for number in range(60)]).tolist()
    data = clip_file(60, 30, container=container, codec=codec, times_ms=times)
    assert ways.same(data, VIDEO)


def test_turned_clips_are_turned_by_us(ways: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
    data = turned(clip_file(30, 10, 200, 120))
    ours = ways.ours(data)
    assert "grid" in ours.differences(ways.snippet(data, VIDEO))
    read = video_reader.read_video

    def upright(*arguments: Any, **options: Any) -> Any:
        """As torchcodec, qwen-vl-utils' first choice, gives them."""
        frames, sound, facts = read(*arguments, **options)
        return torch.rot90(frames, -1, (2, 3)), sound, facts

    monkeypatch.setattr("torchvision.io.read_video", upright)
    assert ours.differences(ways.snippet(data, VIDEO)) == ()


def test_a_clip_of_one_frame_is_read_by_us_alone(ways: Ways) -> None:
    data = clip_file(1, 10)
    assert ways.ours(data).features["video_grid_thw"].tolist() == [[1, 20, 28]]
    with pytest.raises(ValueError, match="nframes should in interval"):
        ways.snippet(data, VIDEO)


class Unsaid:
    """A processor that is not told to leave sizes alone."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    def __call__(self, *, do_resize: bool, **options: Any) -> Any:
        return self._processor(**options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._processor, name)


@pytest.mark.parametrize("kind", list(MediaKind))
def test_the_published_processor_finds_nothing_to_resize(
    ways: Ways, spec: ModelSpec, tmp_path: Path, kind: MediaKind
) -> None:
    data = {IMAGE: image_file(0.5, "PNG", 1000, 13), VIDEO: clip_file(20, 5, 334, 178)}[kind]
    (path := tmp_path / "media").write_bytes(data)
    features = snippet_inputs(Unsaid(ways.reference._processor), spec, path, kind)
    assert ways.reference.model_inputs(features).differences(ways.ours(data)) == ()


def test_normalised_on_the_device_every_level_is_the_same(reference: ReferenceDetector) -> None:
    from vllm.config import VllmConfig, set_current_vllm_config
    from vllm.model_executor.layers.fusion.mm_input_norm import FusedMMInputNorm

    processor = reference._processor.image_processor
    mean, std = processor.image_mean, processor.image_std
    levels = torch.arange(256, dtype=torch.uint8).repeat(3, 1)
    with set_current_vllm_config(VllmConfig()):
        norm = FusedMMInputNorm(mean, std, processor.rescale_factor)
    by_vllm = norm.forward_native(levels.reshape(1, -1), torch.bfloat16)
    by_transformers = processor.rescale_and_normalize(
        levels[None, :, None], True, processor.rescale_factor, True, mean, std
    )
    assert torch.equal(by_vllm.flatten(), by_transformers.bfloat16().flatten())


def test_the_question_stands_behind_the_end_of_a_long_clip(ways: Ways) -> None:
    ours = ways.ours(clip_file(360, 12))
    positions, token = ours.positions, ways.reference._processor.video_token_id
    clip = np.flatnonzero(np.array(ours.token_ids) == token)
    assert positions[0, clip].max() - positions[0, clip].min() == 40  # two patches of 10 s, by 2
    assert positions[:, clip[-1] + 1].tolist() == [positions[:, clip].max() + 1] * 3


@pytest.mark.parametrize("kind", list(MediaKind))
def test_answers_about_a_file_are_those_about_its_pixels(
    ways: Ways, tmp_path: Path, kind: MediaKind
) -> None:
    data = image_file(-0.9) if kind is IMAGE else clip_file(20, 5)
    (path := tmp_path / "media").write_bytes(data)
    detector = ways.reference
    decoding = InProcessDecoder().decode(Content.of(data), detector.recipe)
    with asyncio.run(decoding) as media:
        prepared = asyncio.run(detector.generate(media))
    assert asyncio.run(detector.generate_from_file(path, kind)) == prepared
