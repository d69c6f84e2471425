"""A worker that finds a long backlog: whether its memory and its commit gap stay in bounds."""

from __future__ import annotations

import time

from scripts.bench.backing import PARTITIONS, backing
from scripts.bench.backlog import publish
from scripts.bench.engine import Engine
from scripts.bench.figure import Figure, Round
from scripts.bench.hosting import hosted, join
from scripts.bench.resident import resident_mib
from scripts.bench.row import Bench
from scripts.bench.uploads import new
from worker.stream.kafka.config import KafkaConfig

ENGINE = Engine(service_s=0.01, at_once=256)
"""Never what is waited for."""

SETTLED_IN = 0.1
"""Share of the backlog after which memory is to be what it was before, at its most."""

LOOK_EVERY_S = 0.2
MEMORY_AIM, GAP_AIM = 1.05, 1.0


def lag(bench: Bench) -> tuple[Figure, Figure]:
    """One drain, whatever the rounds: it says whether something holds, not how fast it is."""
    events = bench.size.backlog
    with backing(bench.folder) as parts:
        topics = parts.broker.topics(PARTITIONS)
        config = parts.broker.config(topics, commit_interval_ms=1_000)
        publish(parts, topics.uploads, events, new)
        settings = parts.sections(KafkaConfig(), decode={"processes": 1})
        with hosted(1, settings, ENGINE, bench.folder) as (worker,):
            begun = time.perf_counter()
            join([worker], config)
            early, later = resident_mib(worker.pid), 0.0
            while (seen := worker.look()).settled < events:
                now = resident_mib(worker.pid)
                if seen.settled < SETTLED_IN * events:
                    early = max(early, now)
                else:
                    later = max(later, now)
                time.sleep(LOOK_EVERY_S)
            took = time.perf_counter() - begun
            last = resident_mib(worker.pid)
            gap = worker.look().gap
    bench.done()
    more = {"last_mib": last, "per_s": events / took, "events": float(events)}
    memory = Figure(
        row="lag, memory",
        ours=f"most resident memory of a worker while it drains {events:,} waiting events,"
        " after the first tenth",
        reference="the same process while it drains the first tenth",
        unit="MiB",
        rounds=(Round(max(later, last), early, more),),
        aim=MEMORY_AIM,
        at_most=True,
    )
    bound = Figure(
        row="lag, commit gap",
        ours="most finished events of a partition that waited for one before them, in that drain",
        reference="kafka.consumer.max_gap",
        unit="events",
        rounds=(Round(float(gap), float(config.consumer.max_gap)),),
        aim=GAP_AIM,
        at_most=True,
    )
    return memory, bound
