"""Cells measured: the worker's own decoder prepares media, its own detector is asked about them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from scripts.bench_gpu.cell import Cell, Measured
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.detector.vllm.detector import VllmDetector
from worker.domain.failure import Failure, Poison
from worker.domain.media import Content, MediaKind
from worker.domain.recipe import DecodeRecipe
from worker.process.shared_memory import map_pixels
from worker.sizing.measuring.decoding import Decoded
from worker.sizing.measuring.engine import measure_engine


async def prepare(
    files: Sequence[Path], recipe: DecodeRecipe, kind: MediaKind
) -> tuple[Decoded, ...]:
    """The files of a kind on the model's grid; those that cannot be decoded are left out."""
    pool = DecodePool(DecodeConfig(processes=1, text=False, provenance=False))
    await pool.start()
    found = []
    try:
        for file in files:
            with Content.of(file.read_bytes()) as content:
                try:
                    with await pool.decode(content, recipe) as media:
                        if media.facts.kind is kind:
                            # A copy: the shared memory goes with the media.
                            pixels = map_pixels(media.fd, media.shape).copy()
                            found.append(Decoded(media.facts, pixels, media.sampling))
                except Poison:
                    continue
    finally:
        await pool.close()
    return tuple(found)


async def measure(
    cells: Sequence[Cell], files: Sequence[Path], seconds: float, starting: Callable[[Cell], None]
) -> AsyncIterator[Measured]:
    """Each cell for ``seconds``, or some rounds. ``starting`` is told when an engine starts.

    A cell that fails, such as for want of memory, says so, and the others go on.
    """
    for _, group in itertools.groupby(cells, key=lambda one: (one.spec, one.engine)):
        together = list(group)
        starting(together[0])
        detector = VllmDetector(together[0].spec, together[0].engine)
        try:
            await detector.start()
            for cell in together:
                yield await _measured(cell, detector, files, seconds)
        except Failure as failure:
            for cell in together:
                yield Measured(cell, None, failure=failure.detail)
        finally:
            await detector.close()


async def _measured(
    cell: Cell, detector: VllmDetector, files: Sequence[Path], seconds: float
) -> Measured:
    media = await prepare(files, cell.spec.recipe, cell.kind)
    try:
        cost = await measure_engine(
            detector, media, (cell.in_flight,), seconds, lambda: None, cell.form
        )
    except Failure as failure:
        return Measured(cell, None, failure=failure.detail)
    if cost is None:
        return Measured(cell, None, failure=f"no {cell.kind.value} among the media")
    return Measured(
        cell,
        cost.points[0],
        prompt_tokens=cost.prompt_tokens,
        completion_tokens=cost.completion_tokens,
        engine=detector.identity.engine,
    )
