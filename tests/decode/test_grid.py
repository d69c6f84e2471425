from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

from worker.decode.grid import fit
from worker.domain.recipe import PixelGrid

sides = st.integers(min_value=10, max_value=6000)


@given(height=sides, width=sides, tokens=st.sampled_from([64, 256, 1280, 8192]))
def test_it_is_the_size_that_the_hugging_face_processor_takes(
    height: int, width: int, tokens: int
) -> None:
    if max(height, width) / min(height, width) > 200:
        return  # refused by both
    grid = PixelGrid(min_pixels=4 * 784, max_pixels=tokens * 784)
    assert fit(height, width, grid) == smart_resize(
        height, width, factor=28, min_pixels=grid.min_pixels, max_pixels=grid.max_pixels
    )
