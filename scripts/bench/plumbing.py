"""What the way of an event costs: a worker whose model answers at once, and a bare loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from scripts.bench.backing import PARTITIONS, Backing, backing
from scripts.bench.bare import bare_loop
from scripts.bench.figure import Figure, Round
from scripts.bench.row import Bench
from scripts.bench.uploads import RESULT, known, many, new
from scripts.bench.whole import carry, instant_pipeline

AIM = 0.8


def plumbing(bench: Bench) -> Figure:
    """Media that nobody knows: every event asks the cache, the decoder and the model."""
    return Figure(
        row="plumbing",
        ours="events of unknown media through a worker whose decoder and model answer at once",
        reference="the bare loop of kafka-python: poll, produce, flush, commit",
        unit="/s",
        rounds=_rounds(bench, new),
        aim=AIM,
    )


def cached(bench: Bench) -> Figure:
    """Media that are known: every event is answered by Redis, or by one that is under way."""
    return Figure(
        row="cached",
        ours="events of one known content through a worker",
        reference="the bare loop of kafka-python: poll, produce, flush, commit",
        unit="/s",
        rounds=_rounds(bench, known),
        aim=AIM,
    )


def _rounds(bench: Bench, event: Callable[[int], bytes]) -> tuple[Round, ...]:
    with backing(bench.folder) as parts:
        found = []
        for _ in range(bench.size.rounds):
            values, keys = many(bench.size.events, event)
            ours = asyncio.run(_ours(parts, values, keys))
            found.append(Round(ours, _bare(parts, values, keys)))
            bench.done()
        return tuple(found)


async def _ours(parts: Backing, values: list[bytes], keys: list[bytes]) -> float:
    topics = parts.broker.topics(PARTITIONS)
    parts.broker.publish(topics.uploads, values, keys)
    config = parts.broker.config(topics, commit_interval_ms=1_000)
    async with instant_pipeline(parts.settings(config)) as (pipeline, metrics):
        return await carry(pipeline, config, metrics, len(values))


def _bare(parts: Backing, values: list[bytes], keys: list[bytes]) -> float:
    topics = parts.broker.topics(PARTITIONS)
    parts.broker.publish(topics.uploads, values, keys)
    return bare_loop(parts.broker.config(topics), len(values), RESULT)
