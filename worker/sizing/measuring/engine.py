"""What the engine costs: so many questions in it all the time, for a while, then more."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np

from worker.detector.protocol import Detector
from worker.domain.generation import AnswerForm, Generation
from worker.domain.media import PreparedMedia
from worker.process.shared_memory import share
from worker.sizing.costs import EngineCost, Point
from worker.sizing.measuring.decoding import Decoded

LEAST_ROUNDS = 3
"""Answers for each question at once: the first round begins together, and is no measure."""

LEAST_ANSWERS = 8
"""At one at a time: of these the variation is told."""

P99 = 0.99


def concurrencies(limit: int) -> tuple[int, ...]:
    """1, 2, 4 ... and the limit."""
    doubled = itertools.takewhile(lambda at: at < limit, (2**n for n in itertools.count()))
    return (*doubled, limit)


class _Asker:
    """Questions about the same media, each a little different: none is in vLLM's prefix cache."""

    def __init__(self, detector: Detector, media: Sequence[Decoded], form: AnswerForm) -> None:
        self._detector = detector
        self._form = form
        self._media = itertools.cycle(media)
        self._stamps = itertools.count(1)

    async def ask(self) -> tuple[float, Generation]:
        """Seconds, and the answer."""
        one = next(self._media)
        pixels = one.pixels.copy()
        stamp = np.frombuffer(next(self._stamps).to_bytes(6, "little"), dtype=np.uint8)
        pixels.reshape(-1)[: len(stamp)] = stamp
        frames, height, width, _ = pixels.shape
        with PreparedMedia(
            fd=share(pixels, "bench"),
            facts=one.facts,
            frames=frames,
            height=height,
            width=width,
            sampling=one.sampling,
        ) as media:
            begun = time.perf_counter()
            generation = await self._detector.generate(media, form=self._form)
            return time.perf_counter() - begun, generation


async def measure_engine(
    detector: Detector,
    media: Sequence[Decoded],
    at: Sequence[int],
    seconds: float,
    done: Callable[[], None],
    form: AnswerForm = AnswerForm.THINK_FIRST,
) -> EngineCost | None:
    """One kind of media, ``seconds`` at each concurrency or as long as it takes for some rounds.

    None where there is no media of the kind. Raises what the detector raises.
    """
    if not media:
        return None
    asker = _Asker(detector, media, form)
    await asker.ask()  # compiles and fills what is empty at first
    points: list[Point] = []
    alone: list[float] = []
    told: list[Generation] = []
    for concurrency in at:
        took, point, generations = await _hold(asker, concurrency, seconds)
        points.append(point)
        told.extend(generations)
        alone = alone or took
        done()
    mean = statistics.fmean(alone)
    return EngineCost(
        points=tuple(points),
        prompt_tokens=statistics.fmean(one.prompt_tokens for one in told),
        completion_tokens=statistics.fmean(one.completion_tokens for one in told),
        scv=statistics.pvariance(alone) / mean**2,
        pixel_bytes=statistics.fmean(one.pixels.nbytes for one in media),
    )


async def _hold(
    asker: _Asker, concurrency: int, seconds: float
) -> tuple[list[float], Point, list[Generation]]:
    """Keep so many in the engine; what is counted begins when the first round is through."""
    answers: list[tuple[float, float, Generation]] = []
    begun = time.perf_counter()
    least = max(LEAST_ANSWERS, LEAST_ROUNDS * concurrency)

    async def keep_asking() -> None:
        while len(answers) < least or time.perf_counter() - begun < seconds:
            took, generation = await asker.ask()
            answers.append((time.perf_counter(), took, generation))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(keep_asking())
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from broken
    # Towards the end fewer are at work: the last round is not counted either.
    since, until = answers[concurrency - 1][0], answers[len(answers) - concurrency][0]
    counted = [answer for answer in answers if since < answer[0] <= until]
    took = sorted(answer[1] for answer in counted)
    length = until - since
    tokens = sum(answer[2].completion_tokens for answer in counted)
    point = Point(
        concurrency=concurrency,
        items=len(counted),
        items_per_s=len(counted) / length,
        output_tokens_per_s=tokens / length,
        mean_s=statistics.fmean(took),
        p99_s=took[min(len(took) - 1, int(P99 * len(took)))],
    )
    return [answer[1] for answer in counted], point, [answer[2] for answer in counted]
