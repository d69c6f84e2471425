"""A frame rate that reaches Qwen2.5-VL unharmed on its way through vLLM."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from worker.domain.media import VideoSampling
from worker.domain.recipe import TEMPORAL_PATCH

TOKENS_PER_SECOND = 2
"""Positions of Qwen2.5-VL for a second of video: ``vision_config.tokens_per_second``."""

SIGNIFICANT_BITS = 8
"""Of a bfloat16's mantissa, the hidden one counted."""

MAX_DENOMINATOR = 1_000_000
"""Of a rate that no bfloat16 stands for: containers keep fractions of 32 bits."""


def frame_rate(sampling: VideoSampling) -> Fraction:
    """Frames a second, of those that were taken: the true rate, or one that means the same.

    The model has the seconds from one pair of frames to the next, times ``TOKENS_PER_SECOND`` and
    cut to whole positions. vLLM rounds the seconds to bfloat16 before that: 9.98 become 10, and
    every fifth clip's frames move in time. So the rate is taken whose seconds are a bfloat16 that
    comes to the same positions. Where frames lie more than a minute apart there may be none.
    """
    taken = len(sampling.frame_indices)
    rate = taken / sampling.source_frames * sampling.source_fps
    seconds = float(np.float32(TEMPORAL_PATCH / rate))
    pairs = math.ceil(taken / TEMPORAL_PATCH)
    wanted = positions(seconds, pairs)
    for rounded in sorted(_bfloat16_around(seconds), key=lambda near: abs(near - seconds)):
        if positions(rounded, pairs) == wanted:
            return TEMPORAL_PATCH / Fraction(rounded)
    return Fraction(rate).limit_denominator(MAX_DENOMINATOR)


def positions(seconds: float, pairs: int) -> list[int]:
    """The places in time of the pairs of frames, ``seconds`` apart."""
    return [int(pair * (seconds * TOKENS_PER_SECOND)) for pair in range(pairs)]


def _bfloat16_around(number: float) -> Iterator[float]:
    """The next one down, and the next one up."""
    _, exponent = math.frexp(number)
    unit = math.ldexp(1.0, exponent - SIGNIFICANT_BITS)
    yield math.floor(number / unit) * unit
    yield math.ceil(number / unit) * unit
