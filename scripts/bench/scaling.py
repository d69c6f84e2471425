"""Workers side by side, against so many times one."""

from __future__ import annotations

import time

from kafka import KafkaProducer

from scripts.bench.backing import Backing, backing
from scripts.bench.engine import Engine
from scripts.bench.figure import Figure, Round
from scripts.bench.hosting import HostedWorker, hosted, join, leave
from scripts.bench.row import Bench
from scripts.bench.uploads import new
from worker.stream.kafka.config import KafkaConfig

WORKERS = (2, 4, 8)
PARTITIONS = 64
ENGINE = Engine(service_s=1.0, at_once=8)
"""So slow that eight of them take a part of one core: the machine is not to be what is measured."""

WARM_S = 4.0
"""Workers take and look at what waits before their engines answer: work of the machine's, once."""

SPARE_S = 3.0
"""Of events that wait beyond the window: no worker is to run dry in it."""

BALANCE_S = 60.0
AIM = 0.95


def scaling(bench: Bench) -> tuple[Figure, ...]:
    """One worker, then two, four and eight, in each round."""
    rounds: dict[int, list[Round]] = {count: [] for count in WORKERS}
    with backing(bench.folder) as parts:
        settings = parts.sections(KafkaConfig(), decode={"processes": 1})
        with hosted(max(WORKERS), settings, ENGINE, bench.folder) as workers:
            for _ in range(bench.size.rounds):
                one = _rate(parts, workers[:1], bench.size.window_s)
                for count in WORKERS:
                    rate = _rate(parts, workers[:count], bench.size.window_s)
                    rounds[count].append(Round(rate, count * one))
                bench.done()
    return tuple(
        Figure(
            row=f"scaling to {count}",
            ours=f"{count} workers on {PARTITIONS} partitions, each with a simulated engine of"
            f" {ENGINE.at_once} answers at once, {ENGINE.service_s:g} s each",
            reference=f"{count} times one such worker",
            unit="/s",
            rounds=tuple(found),
            aim=AIM,
        )
        for count, found in rounds.items()
    )


def _rate(parts: Backing, workers: list[HostedWorker], window_s: float) -> float:
    """Events a second that all of them settle, with more waiting than they take."""
    topics = parts.broker.topics(PARTITIONS)
    join(workers, parts.broker.config(topics, commit_interval_ms=1_000))
    _wait_balanced(workers)
    seconds = WARM_S + window_s + SPARE_S
    _fill(parts, topics.uploads, int(len(workers) * ENGINE.rate * seconds))
    time.sleep(WARM_S)
    before = [worker.look() for worker in workers]
    time.sleep(window_s)
    after = [worker.look() for worker in workers]
    leave(workers)
    return sum(
        (end.settled - begin.settled) / (end.at - begin.at)
        for begin, end in zip(before, after, strict=True)
    )


def _wait_balanced(workers: list[HostedWorker]) -> None:
    deadline = time.monotonic() + BALANCE_S
    share = PARTITIONS // len(workers)
    while any(worker.look().partitions != share for worker in workers):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(workers)} workers never had {share} partitions each")
        time.sleep(0.1)


def _fill(parts: Backing, topic: str, events: int) -> None:
    """As many in each partition: by their keys they would not be, and a share is not a speed."""
    producer = KafkaProducer(bootstrap_servers=parts.broker.bootstrap, acks="all", linger_ms=5)
    for number in range(events):
        producer.send(topic, new(number), partition=number % PARTITIONS)
    producer.flush()
    producer.close()
