"""Which frames of a video the model sees."""

from __future__ import annotations

from worker.domain.recipe import FrameSampling

TEMPORAL_PATCH = 2
"""Qwen2.5-VL takes frames in pairs; an odd last one would be doubled."""


def choose_frames(count: int, fps: float, sampling: FrameSampling) -> list[int]:
    """Indices of the frames to take, out of ``count`` at ``fps`` frames a second.

    As many as ``sampling`` asks for, an even number where there are two or more, spread evenly from
    the first frame to the last: qwen-vl-utils' ``smart_nframes`` and its ``linspace``.
    """
    wanted = count / fps * sampling.fps
    taken = min(max(wanted, sampling.min_frames), sampling.max_frames, count)
    number = max(1, int(taken))
    if number > TEMPORAL_PATCH:
        number -= number % TEMPORAL_PATCH
    if number == 1:
        return [0]
    return [round(step * (count - 1) / (number - 1)) for step in range(number)]
