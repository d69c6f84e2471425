"""Which frames of a video the model sees."""

from __future__ import annotations

import numpy as np

from worker.domain.recipe import TEMPORAL_PATCH, FrameSampling


def choose_frames(count: int, fps: float, sampling: FrameSampling) -> list[int]:
    """Indices of the frames to take, out of ``count`` at ``fps`` frames a second.

    As many as ``sampling`` asks for, spread evenly from the first frame to the last. With an even
    number it is qwen-vl-utils' ``smart_nframes`` and its ``linspace``, else ``sample_frames`` of
    Qwen3-VL's own processor.
    """
    wanted = count / fps * sampling.fps
    taken = min(max(wanted, sampling.min_frames), sampling.max_frames, count)
    number = max(1, int(taken))
    if sampling.even and number > TEMPORAL_PATCH:
        number -= number % TEMPORAL_PATCH
    if number == 1:
        return [0]
    # Both round halves to the even index; numpy's own steps, for they fall beside some halves.
    return [int(index) for index in np.linspace(0, count - 1, number).round()]
