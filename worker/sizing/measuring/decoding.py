"""What decoding costs: each file again and again in one sandboxed process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.domain.failure import Poison
from worker.domain.media import Content, MediaFacts, MediaKind, VideoSampling
from worker.domain.recipe import DecodeRecipe
from worker.process.shared_memory import map_pixels
from worker.sizing.costs import DecodeCost
from worker.sizing.measuring.cpu import cpu_seconds
from worker.sizing.measuring.media import Subject

LEAST_CPU_S = 0.3
"""Processor time spent on one file at least: thirty ticks, so that one more or less is 3 %."""

MOST_TIMES = 50
"""Of a file, however small."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file on the model's grid, in memory."""

    facts: MediaFacts
    pixels: npt.NDArray[np.uint8]
    sampling: VideoSampling | None


@dataclass(frozen=True, slots=True)
class Decodings:
    """What it cost, and what came of it, file by file."""

    costs: tuple[DecodeCost, ...]
    decoded: tuple[Decoded, ...]


async def measure_decoding(
    subjects: Sequence[Subject],
    config: DecodeConfig,
    recipe: DecodeRecipe,
    done: Callable[[], None],
) -> Decodings:
    """Files that cannot be decoded are left out; ``done`` is told of each."""
    one = config.model_copy(update={"processes": 1, "min_processes": 1, "max_uses": 10**9})
    pool = DecodePool(one)
    await pool.start()
    costs: list[DecodeCost] = []
    decoded: list[Decoded] = []
    try:
        for subject in subjects:
            content = Content.of(subject.path.read_bytes())
            try:
                decoded.append(await _decode(pool, content, recipe))  # the first is no measure
                costs.append(await _measure(pool, content, recipe, subject, decoded[-1].facts))
            except Poison:
                continue
            finally:
                done()
    finally:
        await pool.close()
    return Decodings(tuple(costs), tuple(decoded))


async def _decode(pool: DecodePool, content: Content, recipe: DecodeRecipe) -> Decoded:
    with await pool.decode(content, recipe) as media:
        # A copy: the shared memory goes with the media.
        return Decoded(media.facts, map_pixels(media.fd, media.shape).copy(), media.sampling)


async def _measure(
    pool: DecodePool, content: Content, recipe: DecodeRecipe, subject: Subject, facts: MediaFacts
) -> DecodeCost:
    pid = pool.processes[0].child.pid
    begun, before, times = time.perf_counter(), cpu_seconds(pid), 0
    while times < MOST_TIMES and cpu_seconds(pid) - before < LEAST_CPU_S:
        with await pool.decode(content, recipe):
            times += 1
    wall_s, cpu_s = time.perf_counter() - begun, cpu_seconds(pid) - before
    video = facts.kind is MediaKind.VIDEO
    return DecodeCost(
        kind="video" if video else "image",
        format=subject.path.suffix.removeprefix(".").lower()[:40],
        megapixels=facts.width * facts.height / 1e6,
        duration_s=facts.duration_s or None,
        bytes_in=content.nbytes,
        cpu_s=max(cpu_s, 0.5 / 100) / times,  # half a tick where it was too little to count
        wall_s=wall_s / times,
        items=times,
    )
