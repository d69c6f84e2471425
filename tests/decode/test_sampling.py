from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.decode.sampling import choose_frames
from worker.domain.recipe import FrameSampling

SIX = FrameSampling(fps=1.0, max_frames=6, min_frames=2)


@pytest.mark.parametrize(
    ("count", "fps", "expected"),
    [
        (1, 24.0, [0]),
        (2, 24.0, [0, 1]),
        (24, 24.0, [0, 23]),  # one second asks for one frame, the recipe for two at least
        (97, 24.0, [0, 32, 64, 96]),
        (121, 24.0, [0, 40, 80, 120]),  # five would be odd
        (2400, 24.0, [0, 480, 960, 1439, 1919, 2399]),
    ],
)
def test_frames_are_spread_from_the_first_to_the_last(
    count: int, fps: float, expected: list[int]
) -> None:
    assert choose_frames(count, fps, SIX) == expected


@given(
    count=st.integers(min_value=1, max_value=100_000),
    fps=st.floats(min_value=0.1, max_value=240),
    most=st.integers(min_value=1, max_value=32),
)
def test_it_keeps_to_the_recipe_whatever_the_source(count: int, fps: float, most: int) -> None:
    sampling = FrameSampling(fps=1.0, max_frames=most, min_frames=1)
    chosen = choose_frames(count, fps, sampling)
    assert 1 <= len(chosen) <= min(most, count)
    assert len(chosen) <= 2 or len(chosen) % 2 == 0
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0
    assert chosen[-1] < count
