"""Uploads of one partition: when they come and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.sizing.load import Load

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time with one rate of all uploads."""

    start_s: float
    end_s: float
    rate: float


def steady(rate: float, seconds: float) -> tuple[Segment, ...]:
    """Poisson arrivals at one rate."""
    return (Segment(0.0, seconds, rate),)


def one_burst(
    mean: float, factor: float, begin_s: float, length_s: float, seconds: float
) -> tuple[Segment, ...]:
    """The mean rate, and once ``factor`` times as much."""
    end_s = begin_s + length_s
    return (
        Segment(0.0, begin_s, mean),
        Segment(begin_s, end_s, mean * factor),
        Segment(end_s, seconds, mean),
    )


def modulated(
    low: float, high: float, low_s: float, high_s: float, seconds: float, seed: int
) -> tuple[Segment, ...]:
    """A Markov-modulated Poisson process of two states: each lasts an exponential time.

    ``low_s`` and ``high_s`` are their means. Source: W. Fischer, K. Meier-Hellstern, "The
    Markov-modulated Poisson process (MMPP) cookbook" (Performance Evaluation 18, 1993).
    """
    rng = np.random.default_rng(seed)
    segments, now, is_high = [], 0.0, bool(rng.random() < high_s / (low_s + high_s))
    while now < seconds:
        until = min(seconds, now + float(rng.exponential(high_s if is_high else low_s)))
        segments.append(Segment(now, until, high if is_high else low))
        now, is_high = until, not is_high
    return tuple(segments)


@dataclass(frozen=True, slots=True)
class Uploads:
    """Some uploads, an array for each property, in order of arrival."""

    arrived: Floats
    """Seconds."""
    work: Floats
    """Engine time, 1 being the mean of a new upload; 0 where the answer is known."""
    decode_s: Floats


def uploads_of(
    partition: int, partitions: int, segments: Sequence[Segment], load: Load, seed: int
) -> Uploads:
    """What comes to one partition, always the same for a seed.

    Keys are spread by a hash: each upload falls into a partition by chance and independently of all
    others. A Poisson process that is split so is as many independent Poisson processes
    (Kingman, "Poisson Processes", 1993, 5.1), so that each partition can be drawn by itself.
    """
    rng = np.random.default_rng(np.random.SeedSequence((seed, partition)))
    pieces = [
        rng.uniform(s.start_s, s.end_s, rng.poisson(s.rate / partitions * (s.end_s - s.start_s)))
        for s in segments
    ]
    arrived = np.sort(np.concatenate(pieces))
    work, decode_s = np.zeros(len(arrived)), np.zeros(len(arrived))
    is_new = rng.random(len(arrived)) >= load.duplicate_share
    kind_of = rng.choice(len(load.kinds), len(arrived), p=[kind.share for kind in load.kinds])
    for number, kind in enumerate(load.kinds):
        these = is_new & (kind_of == number)
        count = int(these.sum())
        decode_s[these] = kind.decode_s
        work[these] = kind.work * _varied(rng, kind.scv, count)
    return Uploads(arrived, work, decode_s)


def _varied(rng: np.random.Generator, scv: float, count: int) -> Floats:
    """Gamma with mean 1 and this squared coefficient of variation: exponential for 1."""
    if scv <= 0:
        return np.ones(count)
    return rng.gamma(1 / scv, scv, count)
