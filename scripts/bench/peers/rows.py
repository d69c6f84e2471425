"""Our stream beside other stream libraries, each at the same no-op job and its best settings.

At least once on both sides: a result is stored by all in-sync replicas before the offset of its
record is committed, once a second. Compression, linger and idempotence are the same, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.bench.backing import PARTITIONS
from scripts.bench.command import said_by
from scripts.bench.figure import Figure, Round
from scripts.bench.noop import Noop
from scripts.bench.peers.environment import python_of
from scripts.bench.peers.job import Job, Told
from scripts.bench.row import Bench
from scripts.bench.uploads import RESULT, many, new
from scripts.bench.whole import carry
from tests.support.kafka_broker import KafkaBroker, running_broker
from worker.stream.config import Client
from worker.stream.kafka.config import KafkaConfig

COMMIT_INTERVAL_MS = 1_000
RUN_S = 600
WARM_UP = 10
"""What is carried to warm up, as a part of a round: a new broker's first batches take seconds."""


AIMS: Mapping[Client, float] = {"kafka-python": 1.0, "confluent": 4.0}
"""How many times the peers' rate, by the client under our stream."""

PEERS: Mapping[str, str] = {
    "arroyo": "sentry-arroyo: RunTask, Produce, CommitOffsets once a second",
    "faststream": "FastStream on confluent-kafka: batches in and out, AckPolicy.ACK",
    "quix": "Quix Streams: apply, to_topic, at-least-once, a checkpoint each second",
}
"""By the name of their module and requirements."""


def against(peer: str, client: Client = "kafka-python") -> Callable[[Bench], Figure]:
    """The row that compares our stream on this client with a peer."""

    def row(bench: Bench) -> Figure:
        python = python_of(peer)
        folder = bench.folder / "kafka"
        folder.mkdir()
        with running_broker(folder) as broker:
            sides = _Sides(broker, client, peer, python)
            sides.round(max(1, bench.size.peer_events // WARM_UP))
            rounds = []
            for _ in range(bench.size.rounds):
                rounds.append(sides.round(bench.size.peer_events))
                bench.done()
        return Figure(
            row=f"peers, {peer}" + ("" if client == "kafka-python" else f", {client}"),
            ours=f"a no-op handler between source and settlement on {client}, nothing else",
            reference=PEERS[peer],
            unit="/s",
            rounds=tuple(rounds),
            aim=AIMS[client],
            versions=sides.versions,
        )

    return row


class _Sides:
    """Both sides, on topics of their own with the same events."""

    def __init__(self, broker: KafkaBroker, client: Client, peer: str, python: Path) -> None:
        self._broker = broker
        self._client = client
        self._peer = peer
        self._python = python
        self.versions: dict[str, str] = {}

    def round(self, events: int) -> Round:
        """Each side once. Raises ``RuntimeError`` if one did not do all of the job."""
        values, keys = many(events, new)
        ours = self._filled(values, keys)
        rate = asyncio.run(carry(Noop(RESULT), ours, events, client=self._client))
        self._check("ours", ours, events)
        theirs = self._filled(values, keys)
        seconds = self._peers(theirs, events)
        self._check(self._peer, theirs, events)
        return Round(rate, events / seconds)

    def _filled(self, values: list[bytes], keys: list[bytes]) -> KafkaConfig:
        topics = self._broker.topics(PARTITIONS)
        self._broker.publish(topics.uploads, values, keys)
        return self._broker.config(topics, commit_interval_ms=COMMIT_INTERVAL_MS)

    def _peers(self, config: KafkaConfig, events: int) -> float:
        job = Job(
            bootstrap=self._broker.bootstrap,
            group=config.consumer.group_id,
            source=config.topics.uploads,
            sink=config.topics.verdicts,
            events=events,
            result=RESULT.decode(),
            compression=config.producer.compression,
            linger_ms=config.producer.linger_ms,
            commit_interval_s=COMMIT_INTERVAL_MS / 1000,
        )
        module = f"scripts.bench.peers.on_{self._peer}"
        command: list[str | Path] = [self._python, "-m", module, job.as_argument()]
        told = Told.by(said_by(f"{self._peer} ended", command, timeout_s=RUN_S))
        self.versions = told.versions
        return told.seconds

    def _check(self, side: str, config: KafkaConfig, events: int) -> None:
        topics = config.topics
        published = sum(self._broker.end_offsets(topics.verdicts).values())
        committed = sum(self._broker.committed(config.consumer.group_id, topics.uploads).values())
        if not published == committed == events:
            raise RuntimeError(f"{side}: {published} results, {committed} commits of {events}")
