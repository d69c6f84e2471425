from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.decode.cutting import cut
from worker.decode.timeline import Timeline
from worker.domain.recipe import FrameSampling
from worker.domain.windows import Window, Windows

SAMPLING = FrameSampling(fps=1.0, max_frames=6, min_frames=2)


def timeline(seconds: float, fps: int = 10, begin: int = 0, gop: int = 20) -> Timeline:
    shown = [begin + 100 * number for number in range(round(seconds * fps))]
    return Timeline(shown, shown[::gop])


def windows_of(
    line: Timeline, windows: Windows, cuts: tuple[float, ...] = (), fps: int = 10
) -> list[Window]:
    return cut(line, Fraction(1, 100 * fps), fps, SAMPLING, windows, cuts)


def test_a_minute_is_ten_windows_of_six_seconds_with_six_frames_each() -> None:
    found = windows_of(timeline(60), Windows())
    assert [(window.start_s, window.end_s) for window in found] == [
        (6.0 * number, 6.0 * (number + 1)) for number in range(10)
    ]
    assert all(len(window.shown) == 6 for window in found)
    assert found[3].sampling.frame_indices[0] == 0  # a clip of its own
    assert found[3].sampling.source_frames == 60
    assert found[3].shown[0] == 18_000


def test_decoding_a_window_can_begin_at_the_key_frame_before_it() -> None:
    found = windows_of(timeline(60, gop=50), Windows(length_s=3))
    window = found[1]  # from frame 30 on; key frames at 0 and 50
    assert window.keys == (0, 5000)
    assert window.keys[0] <= window.shown[0]


def test_where_there_would_be_too_many_they_become_longer() -> None:
    found = windows_of(timeline(600), Windows(max_count=20))
    assert 18 <= len(found) <= 20
    assert found[0].end_s >= 30.0
    assert found[-1].end_s == 600.0


def test_a_scene_has_windows_of_its_own() -> None:
    found = windows_of(timeline(30), Windows(), cuts=(13.0, 15.0))
    spans = [(window.start_s, window.end_s) for window in found]
    assert (13.0, 15.0) in spans
    assert all(end - start <= 6.0 for start, end in spans)


def test_with_more_scenes_than_windows_the_shortest_are_joined() -> None:
    cuts = (10.0, 10.5, 20.0, 20.2, 25.0)
    found = windows_of(timeline(30), Windows(max_count=3, length_s=100), cuts)
    assert len(found) == 3
    assert found[0].start_s == 0.0
    assert found[-1].end_s == 30.0


def test_a_file_may_begin_at_any_time() -> None:
    found = windows_of(timeline(12, begin=-5_000), Windows())
    assert [window.start_s for window in found] == [0.0, 6.0]
    assert found[0].shown[0] == -5_000


def test_where_no_frame_begins_there_is_no_window() -> None:
    still = Timeline([0, 100, 50_000, 50_100], [0, 50_000])
    found = windows_of(still, Windows(length_s=5))
    assert [window.shown[0] for window in found] == [0, 50_000]


@example(seconds=3.0, fps=1, length=1.0, most=2, cuts=[5e-324])
@given(
    seconds=st.floats(1, 400),
    fps=st.integers(1, 30),
    length=st.floats(0.5, 30),
    most=st.integers(1, 50),
    cuts=st.lists(st.floats(-1, 500), max_size=20).map(sorted),
)
def test_windows_cover_every_frame_once_and_never_are_too_many(
    seconds: float, fps: int, length: float, most: int, cuts: list[float]
) -> None:
    line = timeline(max(seconds, 1 / fps), fps)
    windows = Windows(length_s=length, max_count=most)
    found = windows_of(line, windows, tuple(cuts), fps)
    assert 1 <= len(found) <= most
    assert sum(window.sampling.source_frames for window in found) == len(line.shown)
    for before, after in itertools.pairwise(found):
        assert before.shown[-1] < after.shown[0]
        assert before.end_s <= after.start_s + 1e-6
    for window in found:
        assert list(window.shown) == sorted(window.shown)
        assert 1 <= len(window.shown) <= SAMPLING.max_frames
        assert window.keys[0] <= window.shown[0]


@pytest.mark.parametrize("most", [1, 2])
def test_one_frame_is_one_window(most: int) -> None:
    (window,) = windows_of(timeline(0.1), Windows(max_count=most))
    assert window.sampling.source_frames == 1
