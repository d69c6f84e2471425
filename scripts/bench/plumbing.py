"""What the way of an event costs: a worker whose model answers at once, and a bare loop."""

from __future__ import annotations

import asyncio

from redis import Redis

from scripts.bench.backing import PARTITIONS, Backing, backing
from scripts.bench.bare import bare_loop
from scripts.bench.figure import Figure, Round
from scripts.bench.row import Bench
from scripts.bench.uploads import RESULT, known, many, new
from scripts.bench.whole import carry, instant_pipeline

AIM = 0.8

ANSWERS = "*:answer"
"""Keys of kept answers."""


def plumbing(bench: Bench) -> Figure:
    """Media that nobody knows: every event asks the cache, the decoder and the model."""
    rounds = []
    with backing(bench.folder) as parts:
        for _ in range(bench.size.rounds):
            values, keys = many(bench.size.events, new)
            ours = asyncio.run(_ours(parts, values, keys))
            rounds.append(Round(ours, _bare(parts, values, keys)))
            bench.done()
    return Figure(
        row="plumbing",
        ours="events of unknown media through a worker whose decoder and model answer at once",
        reference="the bare loop of kafka-python: poll, produce, flush, commit",
        unit="/s",
        rounds=tuple(rounds),
        aim=AIM,
    )


def cached(bench: Bench) -> Figure:
    """Media that are known: every event is answered by Redis, or by one that is under way."""
    rounds = []
    with backing(bench.folder) as parts:
        for _ in range(bench.size.rounds):
            values, keys = many(bench.size.events, known)
            ours = asyncio.run(_ours(parts, values, keys))
            rounds.append(Round(ours, _looking_up(parts, values, keys)))
            bench.done()
    return Figure(
        row="cached",
        ours="events of one known content through a worker",
        reference="the bare loop with a GET of the same answer for each record, a poll's in one"
        " pipeline of redis-py",
        unit="/s",
        rounds=tuple(rounds),
        aim=AIM,
    )


async def _ours(parts: Backing, values: list[bytes], keys: list[bytes]) -> float:
    topics = parts.broker.topics(PARTITIONS)
    parts.broker.publish(topics.uploads, values, keys)
    config = parts.broker.config(topics, commit_interval_ms=1_000)
    async with instant_pipeline(parts.settings(config)) as (pipeline, metrics):
        return await carry(pipeline, config, len(values), metrics.stream)


def _bare(parts: Backing, values: list[bytes], keys: list[bytes]) -> float:
    topics = parts.broker.topics(PARTITIONS)
    parts.broker.publish(topics.uploads, values, keys)
    return bare_loop(parts.broker.config(topics), len(values), RESULT)


def _looking_up(parts: Backing, values: list[bytes], keys: list[bytes]) -> float:
    """The bare loop, which asks Redis for what our worker left there."""
    topics = parts.broker.topics(PARTITIONS)
    parts.broker.publish(topics.uploads, values, keys)
    with Redis.from_url(parts.redis.url) as redis:
        (answer,) = redis.scan_iter(match=ANSWERS)

        def look_up(records: int) -> None:
            asked = redis.pipeline(transaction=False)
            for _ in range(records):
                asked.get(answer)
            if not all(asked.execute()):
                raise RuntimeError("the answer is not in Redis any more")

        return bare_loop(parts.broker.config(topics), len(values), RESULT, look_up)
