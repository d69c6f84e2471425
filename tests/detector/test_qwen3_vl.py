"""Qwen3-VL: cells of 32 pixels, limits for a whole clip, odd numbers of frames, times as text.

Its own processor, from the source's frames to the model's inputs, ours, and vLLM agree to the bit.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from transformers import Qwen3VLVideoProcessor
from transformers.models.qwen3_vl.video_processing_qwen3_vl import smart_resize
from transformers.video_utils import VideoMetadata

from tests.support.clips import clip_file
from tests.support.media import image_file
from tests.support.tiny_qwen3_vl import make_tiny_qwen3_vl
from tests.twins.decoder import InProcessDecoder
from worker.decode.grid import fit
from worker.decode.sampling import choose_frames
from worker.detector.reference.detector import ReferenceDetector
from worker.detector.reference.rendering import Rendering
from worker.detector.vllm.config import EngineConfig
from worker.detector.vllm.detector import VllmDetector
from worker.domain.generation import AnswerForm
from worker.domain.media import Content, MediaKind, PreparedMedia
from worker.models.spec import ModelSpec, load_spec
from worker.models.weights import find_weights
from worker.parsing.score import score

RECIPE = load_spec("qwen3-vl-4b-instruct").recipe


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return make_tiny_qwen3_vl(tmp_path_factory.mktemp("qwen3") / "weights")


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


def decoded(data: bytes) -> PreparedMedia:
    return asyncio.run(InProcessDecoder().decode(Content.of(data), RECIPE))


def own_inputs(reference: ReferenceDetector, data: bytes, kind: MediaKind) -> Any:
    """By the processor's own sampling and sizes."""
    processor: Any = reference._processor
    text = processor.apply_chat_template(
        reference._spec.prompt.messages(kind), add_generation_prompt=True, tokenize=False
    )
    if kind is MediaKind.IMAGE:
        size = {"longest_edge": RECIPE.image.max_pixels, "shortest_edge": RECIPE.image.min_pixels}
        with Image.open(io.BytesIO(data)) as image:
            given: dict[str, Any] = {"images": [image], "images_kwargs": {"size": size}}
            return processor(text=[text], return_tensors="pt", **given)
    with av.open(io.BytesIO(data)) as container:
        rate = float(container.streams.video[0].average_rate)
        frames = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    processor.video_processor.max_frames = RECIPE.sampling.max_frames
    metadata = VideoMetadata(total_num_frames=len(frames), fps=rate, duration=len(frames) / rate)
    return processor(
        text=[text],
        videos=[frames],
        video_metadata=[metadata],
        fps=RECIPE.sampling.fps,
        do_sample_frames=True,
        cap_pixels_per_frame=False,
        return_tensors="pt",
    )


IMAGES = [(1, 1), (640, 480), (97, 333), (256, 256), (1920, 1080), (10, 200), (3000, 3400)]

CLIPS: dict[str, Any] = {
    "3 frames": (3, 10),
    "an odd number of frames": (34, 12),
    "an even number of frames": (60, 10),
    "more than are taken": (300, 15, 96, 64),
    "tiny": (20, 10, 16, 16),
    "narrow": (20, 10, 320, 18),
    "large": (20, 10, 1920, 1080),
}


@pytest.mark.vllm
@pytest.mark.parametrize(("width", "height"), IMAGES)
def test_images(
    reference: ReferenceDetector, rendering: Rendering, width: int, height: int
) -> None:
    data = image_file(0.5, "PNG", width, height)
    own = reference.model_inputs(own_inputs(reference, data, MediaKind.IMAGE))
    with decoded(data) as media:
        assert media.height % 32 == 0
        assert media.width % 32 == 0
        ours = reference.model_inputs(reference.inputs(media))
        assert ours.differences(own) == ()
        assert rendering.render(media).differences(ours) == ()


@pytest.mark.vllm
@pytest.mark.parametrize("name", CLIPS)
def test_clips(reference: ReferenceDetector, rendering: Rendering, name: str) -> None:
    data = clip_file(*CLIPS[name])
    own = reference.model_inputs(own_inputs(reference, data, MediaKind.VIDEO))
    with decoded(data) as media:
        ours = reference.model_inputs(reference.inputs(media))
        assert ours.differences(own) == ()
        assert rendering.render(media).differences(ours) == ()


@pytest.mark.vllm
def test_a_clip_of_one_frame_is_taken_for_two(
    reference: ReferenceDetector, rendering: Rendering
) -> None:
    data = clip_file(1, 10)
    with pytest.raises(ValueError, match="must be larger than temporal_factor"):
        own_inputs(reference, data, MediaKind.VIDEO)
    with decoded(data) as media:
        ours = reference.model_inputs(reference.inputs(media))
        assert ours.features["video_grid_thw"][0, 0] == 1
        assert rendering.render(media).differences(ours) == ()


def test_times_stand_in_the_prompt(reference: ReferenceDetector) -> None:
    with decoded(clip_file(34, 12)) as media:
        ids = reference.model_inputs(reference.inputs(media)).token_ids
    text = reference._processor.tokenizer.decode(ids)
    # Frames 0, 8, 16, 25 and 33 of 12 a second; pairs, the last one of one frame.
    assert "<0.3 seconds>" in text
    assert "<1.7 seconds>" in text
    assert "<2.8 seconds>" in text


@given(
    frames=st.integers(min_value=2, max_value=32),
    height=st.integers(min_value=1, max_value=4000),
    width=st.integers(min_value=1, max_value=4000),
)
def test_the_size_of_a_clips_frames(frames: int, height: int, width: int) -> None:
    grid = RECIPE.video
    if max(height, width) > 200 * min(height, width):
        return  # refused, here as there
    try:
        theirs = smart_resize(
            frames,
            height,
            width,
            factor=grid.factor,
            min_pixels=grid.min_pixels,
            max_pixels=grid.max_pixels,
        )
    except ValueError:
        # It enlarges a narrow picture first, rounds the longer side up past the ratio, and refuses.
        assert min(height, width) < grid.factor
        return
    assert fit(height, width, grid, RECIPE.video_resizer, frames) == theirs


@given(
    count=st.integers(min_value=1, max_value=20_000),
    fps=st.sampled_from([10.0, 23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 60.0]),
)
def test_the_frames_taken(count: int, fps: float) -> None:
    processor = Qwen3VLVideoProcessor(max_frames=RECIPE.sampling.max_frames)
    metadata = VideoMetadata(total_num_frames=count, fps=fps)
    theirs = processor.sample_frames(metadata, fps=RECIPE.sampling.fps)
    assert choose_frames(count, fps, RECIPE.sampling) == theirs.tolist()


@pytest.mark.vllm
async def test_vllm_answers_as_the_reference_does(
    spec: ModelSpec, reference: ReferenceDetector, small_engine: EngineConfig
) -> None:
    settings = small_engine.model_copy(update={"max_num_batched_tokens": 16384})
    detector = VllmDetector(spec, settings)
    await detector.start()
    try:
        for data in (image_file(0.5, "PNG", 200, 120), clip_file(34, 12)):
            with await InProcessDecoder().decode(Content.of(data), RECIPE) as media:
                said = await detector.generate(media)
                assert said.completion_tokens == spec.sampling.max_tokens
                first = await detector.generate(media, form=AnswerForm.VERDICT_FIRST)
                expected = await reference.generate(media, form=AnswerForm.VERDICT_FIRST)
            assert first.prompt_tokens == expected.prompt_tokens
            one, other = score(first.label_logprobs), score(expected.label_logprobs)
            assert one.value == pytest.approx(other.value, abs=0.01)
            assert one.mass == pytest.approx(other.mass, rel=0.05)
    finally:
        await detector.close()
