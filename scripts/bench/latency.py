"""From an upload's publishing to its verdict being seen, at an even pace below what is possible."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Sequence
from typing import Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from scripts.bench.backing import PARTITIONS, Backing, backing
from scripts.bench.backlog import publish
from scripts.bench.engine import Engine
from scripts.bench.figure import Compared, Figure, Round
from scripts.bench.hosting import HostedWorker, hosted, join, leave
from scripts.bench.row import Bench
from scripts.bench.uploads import UPLOAD_BYTES, event, new
from worker.stream.kafka.config import KafkaConfig

ENGINE = Engine(service_s=0.25, at_once=16)
LOAD = 0.7
CAPACITY_S = 5.0
"""For which events wait when the capacity is measured."""

WARM = 2 * ENGINE.at_once
"""First uploads that do not count: the simulated engine puts some of them off."""

GIVE_UP_S = 30.0
AIM_MS = 15.0
MS = 1000.0


def latency(bench: Bench) -> Figure:
    """The capacity and then the latencies, in each round anew."""
    rounds = []
    with backing(bench.folder) as parts:
        settings = parts.sections(KafkaConfig(), decode={"processes": 1})
        with hosted(1, settings, ENGINE, bench.folder) as (worker,):
            for _ in range(bench.size.rounds):
                rounds.append(_round(parts, worker, bench.size.paced_s))
                bench.done()
    return Figure(
        row="latency",
        ours=f"p99 from publishing to the verdict seen, at {LOAD:.0%} of the measured rate",
        reference=f"a simulated engine's {ENGINE.service_s:g} s, {ENGINE.at_once} at once",
        unit="ms",
        rounds=tuple(rounds),
        aim=AIM_MS,
        at_most=True,
        compared=Compared.DIFFERENCE,
    )


def _round(parts: Backing, worker: HostedWorker, paced_s: float) -> Round:
    capacity = _capacity(parts, worker)
    topics = parts.broker.topics(PARTITIONS)
    join([worker], parts.broker.config(topics, commit_interval_ms=1_000))
    with Seen(parts, topics.verdicts) as seen:
        sent = _send(parts, topics.uploads, LOAD * capacity, paced_s)
        seen.wait(len(sent))
    leave([worker])
    counted = list(sent.items())[WARM:]
    took = sorted(MS * (seen.at[key] - at) for key, at in counted)
    more = {f"p{share}_ms": percentile(took, share) for share in (50, 90, 99)}
    more |= {"most_ms": took[-1], "capacity_per_s": capacity, "uploads": float(len(took))}
    return Round(percentile(took, 99), MS * ENGINE.service_s, more)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least value that ``share`` per cent are at or below (nearest rank)."""
    rank = -(-len(ordered) * share // 100)
    return ordered[max(1, int(rank)) - 1]


def _capacity(parts: Backing, worker: HostedWorker) -> float:
    """Verdicts a second of a full engine, from its second filling on."""
    topics = parts.broker.topics(PARTITIONS)
    publish(parts, topics.uploads, int(CAPACITY_S * ENGINE.rate), new)
    join([worker], parts.broker.config(topics, commit_interval_ms=1_000))
    worker.wait_settled(WARM)
    before = worker.look()
    total = int(CAPACITY_S * ENGINE.rate) - ENGINE.at_once  # the last ones leave it unfilled
    worker.wait_settled(total)
    after = worker.look()
    leave([worker])
    return (after.settled - before.settled) / (after.at - before.at)


def _send(parts: Backing, topic: str, rate: float, seconds: float) -> dict[str, float]:
    """Evenly, whatever comes back; when each was sent, by its key."""
    producer = KafkaProducer(bootstrap_servers=parts.broker.bootstrap, acks="all", linger_ms=0)
    producer.partitions_for(topic)  # known before the first one is timed
    sent: dict[str, float] = {}
    begun = time.perf_counter()
    for number in range(WARM + int(rate * seconds)):
        key = str(uuid.uuid4())
        value = event(key.ljust(UPLOAD_BYTES).encode(), content_id=key)
        time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        sent[key] = time.perf_counter()
        producer.send(topic, value, key=key.encode())
    producer.flush()
    producer.close()
    return sent


class Seen:
    """Reads verdicts as they come, in a thread; when each was seen, by its content."""

    def __init__(self, parts: Backing, topic: str) -> None:
        self.at: dict[str, float] = {}
        self._ended = threading.Event()
        self._consumer = KafkaConsumer(bootstrap_servers=parts.broker.bootstrap, group_id=None)
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        self._consumer.assign(partitions)
        self._consumer.seek_to_beginning()
        self._thread = threading.Thread(target=self._read, name="verdicts")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._consumer.close()

    def _read(self) -> None:
        while not self._ended.is_set():
            for records in self._consumer.poll(timeout_ms=100).values():
                now = time.perf_counter()
                for record in records:
                    self.at[json.loads(record.value)["content_id"]] = now

    def wait(self, count: int) -> None:
        """Return once so many were seen. Raises ``RuntimeError`` if they do not come."""
        deadline = time.monotonic() + GIVE_UP_S
        while len(self.at) < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{count - len(self.at)} of {count} verdicts never came")
            time.sleep(0.05)
