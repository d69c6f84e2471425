"""Whether a worker grows with what it has carried."""

from __future__ import annotations

import time

from scripts.bench.backing import PARTITIONS, Backing, backing
from scripts.bench.backlog import publish
from scripts.bench.engine import Engine
from scripts.bench.figure import Figure, Round
from scripts.bench.hosting import hosted, join
from scripts.bench.resident import resident_mib
from scripts.bench.row import Bench
from scripts.bench.uploads import Mix
from worker.stream.kafka.config import KafkaConfig

ENGINE = Engine(service_s=0.01, at_once=256)
"""Never what is waited for."""

QUIET_S = 1.0
"""After the last event, for commits and acknowledgements to come in."""

AIM = 1.05


def memory(bench: Bench) -> Figure:
    """A new process in each round."""
    events = bench.size.mixed_events
    few = bench.size.mixed_first
    rounds = []
    with backing(bench.folder) as parts:
        for number in range(bench.size.rounds):
            rounds.append(_grown(bench, parts, few, events, seed=number))
            bench.done()
    return Figure(
        row="memory",
        ours=f"resident memory of a worker's process after {events:,} mixed uploads",
        reference=f"the same process after {few:,}",
        unit="MiB",
        rounds=tuple(rounds),
        aim=AIM,
        at_most=True,
    )


def _grown(bench: Bench, parts: Backing, few: int, events: int, seed: int) -> Round:
    topics = parts.broker.topics(PARTITIONS)
    settings = parts.sections(KafkaConfig(), decode={"processes": 1})
    mix = Mix(seed)
    parts.empty_redis()
    with hosted(1, settings, ENGINE, bench.folder) as (worker,):
        # They wait before it joins: it is to have had its hands as full by then as later.
        publish(parts, topics.uploads, few, mix)
        join([worker], parts.broker.config(topics, commit_interval_ms=1_000))
        worker.wait_settled(few)
        time.sleep(QUIET_S)
        before = resident_mib(worker.pid)
        begun = time.perf_counter()
        publish(parts, topics.uploads, events - few, mix)
        worker.wait_settled(events)
        took = time.perf_counter() - begun
        time.sleep(QUIET_S)
        after = resident_mib(worker.pid)
    more = {"contents": mix.contents, "per_s": (events - few) / took}
    return Round(after, before, more)
