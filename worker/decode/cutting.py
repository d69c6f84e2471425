"""Cutting a video into windows."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

from worker.decode.sampling import choose_frames
from worker.decode.timeline import Timeline
from worker.domain.media import VideoSampling
from worker.domain.recipe import FrameSampling
from worker.domain.windows import Window, Windows


def cut(
    timeline: Timeline,
    time_base: Fraction,
    fps: float,
    sampling: FrameSampling,
    windows: Windows,
    cuts: Sequence[float] = (),
) -> list[Window]:
    """Windows that follow one another without a gap.

    ``cuts`` are seconds at which a window must end, such as changes of scene. Between two of them
    windows are of equal length, ``windows.length_s`` at most; if that makes more than
    ``windows.max_count``, the longest possible is raised until it does not, and then the shortest
    scenes are joined to the one before.
    """
    begin = timeline.shown[0]
    # A frame is shown until the next one is: the last as long as the average.
    end_s = float((timeline.shown[-1] - begin) * time_base) + 1 / fps
    scenes = _at_most([at for at in cuts if 0 < at < end_s], end_s, windows.max_count)
    edges = _edges(scenes, windows)
    found = []
    for start, end in itertools.pairwise(edges):
        window = _window(timeline, time_base, fps, sampling, (start, end))
        if window is not None:
            found.append(window)
    return found


def _at_most(cuts: Sequence[float], end_s: float, most: int) -> list[float]:
    """The edges of scenes, the shortest joined to their neighbours until there are few enough."""
    edges = [0.0, *cuts, end_s]
    while len(edges) - 1 > most:
        lengths = [after - before for before, after in itertools.pairwise(edges)]
        shortest = lengths.index(min(lengths))
        del edges[max(1, shortest)]  # never the first edge, and so never the last
    return edges


def _edges(scenes: Sequence[float], windows: Windows) -> list[float]:
    lengths = [after - before for before, after in itertools.pairwise(scenes)]
    longest = windows.length_s
    while sum(_parts(length, longest) for length in lengths) > max(windows.max_count, len(lengths)):
        longest *= 1.05
    edges = [scenes[0]]
    for start, length in zip(scenes, lengths, strict=False):
        count = _parts(length, longest)
        edges.extend(start + length * part / count for part in range(1, count + 1))
    return edges


def _parts(length: float, longest: float) -> int:
    return max(1, math.ceil(length / longest))


def _window(
    timeline: Timeline,
    time_base: Fraction,
    fps: float,
    sampling: FrameSampling,
    span: tuple[float, float],
) -> Window | None:
    """None where no frame begins to be shown inside, as with a slide that stands for minutes."""
    begin = timeline.shown[0]
    first, after = (
        bisect_left(timeline.shown, begin + math.ceil(edge / float(time_base))) for edge in span
    )
    count = after - first
    if count <= 0:
        return None
    chosen = choose_frames(count, fps, sampling)
    shown = [timeline.shown[first + index] for index in chosen]
    leading = max(0, bisect_right(timeline.keys, shown[0]) - 1)
    keys = timeline.keys[leading : bisect_right(timeline.keys, shown[-1])]
    return Window(
        start_s=round(span[0], 3),
        end_s=round(span[1], 3),
        shown=tuple(shown),
        keys=tuple(keys),
        sampling=VideoSampling(source_fps=fps, source_frames=count, frame_indices=tuple(chosen)),
    )
