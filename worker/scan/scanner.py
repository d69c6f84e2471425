"""Carrying targets through the pipeline, as many at once as it takes to keep the engine full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from worker.domain.dead_letter import DeadLetter
from worker.domain.verdict import VerdictEvent
from worker.pipeline import Pipeline
from worker.scan.targets import Target, as_record

Outcome = VerdictEvent | DeadLetter


async def scan_targets(
    pipeline: Pipeline,
    targets: Sequence[Target],
    done: Callable[[Target, Outcome], None],
    *,
    at_once: int,
) -> list[Outcome]:
    """The outcome of each target, in their order; ``done`` is told of each as it comes.

    Raises ``Systemic`` if the engine or the like breaks.
    """
    room = asyncio.Semaphore(at_once)

    async def carry(number: int, target: Target) -> Outcome:
        async with room:
            outcome = await pipeline.judge(as_record(target, number))
        done(target, outcome)
        return outcome

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(carry(n, target)) for n, target in enumerate(targets)]
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from broken
    return [task.result() for task in tasks]
