"""Our pixels are those of the Hugging Face processor, to the bit."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoProcessor
from transformers.video_utils import VideoMetadata

from tests.support.media import image_file, pixels
from worker.decode.decode import decode
from worker.decode.grid import fit
from worker.decode.protocol import DecodeLimits
from worker.decode.resize import resize
from worker.models.spec import load_spec

SPEC = load_spec("tiny")


@pytest.fixture(scope="module")
def processor() -> AutoProcessor:
    return AutoProcessor.from_pretrained(SPEC.location)


@pytest.mark.parametrize(
    ("width", "height"), [(640, 480), (97, 333), (1920, 1080), (50, 40), (112, 112), (3000, 500)]
)
def test_images(processor: AutoProcessor, width: int, height: int) -> None:
    data = image_file(0.7, "JPEG", width, height)
    ours = decode(data, SPEC.recipe, DecodeLimits()).frames[0]
    source = Image.open(io.BytesIO(data)).convert("RGB")
    theirs = processor.image_processor(images=[source], return_tensors="pt")
    again = processor.image_processor(images=[Image.fromarray(ours)], return_tensors="pt")
    assert torch.equal(theirs["image_grid_thw"], again["image_grid_thw"])
    assert torch.equal(theirs["pixel_values"], again["pixel_values"])


@pytest.mark.parametrize(("width", "height"), [(320, 240), (131, 77), (720, 1280)])
def test_videos(processor: AutoProcessor, width: int, height: int) -> None:
    source = np.stack([pixels(0.5, width, height, seed) for seed in range(4)])
    high, wide = fit(height, width, SPEC.recipe.video)
    ours = np.stack([resize(frame, high, wide) for frame in source])
    metadata = VideoMetadata(total_num_frames=4, fps=1.0, frames_indices=[0, 1, 2, 3])

    def process(video: object) -> torch.Tensor:
        features = processor.video_processor(
            videos=[video], video_metadata=[metadata], return_tensors="pt"
        )
        found = features["pixel_values_videos"]
        assert isinstance(found, torch.Tensor)
        return found

    assert torch.equal(process(source), process(ours))
