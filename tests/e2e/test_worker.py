"""200 uploads through everything: Kafka, Redis, vLLM, HTTP, and a worker as operators run it."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.kafka_broker import KafkaBroker
from tests.support.media import image_file, video_file
from tests.support.media_server import MediaServer
from tests.support.redis_server import RedisServer
from tests.support.stream_clients import CLIENTS
from tests.support.worker_process import WorkerProcess, from_this_machine, header
from worker.domain.verdict import Label, VerdictEvent
from worker.stream.config import Client

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.redis, pytest.mark.vllm]

IMAGES, VIDEOS, DUPLICATES, UNDECODABLE, NOT_JSON = 140, 30, 22, 5, 3
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")
CONTAINERS = (("mp4", "libx264"), ("webm", "libvpx-vp9"), ("mov", "libx264"))


class Traffic:
    """What is uploaded, and what must come of it."""

    def __init__(self, server: MediaServer) -> None:
        self._server = server
        self.events: list[bytes] = []
        self.expected: dict[str, Label] = {}
        self.undecodable: set[str] = set()

    def make(self) -> None:
        files: list[tuple[str, Label]] = []
        for number in range(IMAGES):
            data = image_file(
                self._tint(number), FORMATS[number % 6], 60 + number, 200 - number, number
            )
            files.append((self._server.put(f"image-{number}", data), self._label(number)))
        for number in range(VIDEOS):
            container, codec = CONTAINERS[number % 3]
            data = video_file(self._tint(number), container=container, codec=codec, seed=number)
            files.append((self._server.put(f"video-{number}", data), self._label(number)))
        for number, (url, label) in enumerate(files):
            self._add(f"new-{number}", url, label)
        for number in range(DUPLICATES):
            url, label = files[number * 7]
            self._add(f"again-{number}", f"{url}?again={number}", label)
        for number in range(UNDECODABLE):
            broken = image_file(0.5, "JPEG", seed=number)[: 500 + number]
            event_id = f"broken-{number}"
            self._add(event_id, self._server.put(event_id, broken), None)
            self.undecodable.add(event_id)
        self.events += [b"not json", b"\xff\xfe\x00", b'{"event_id": ']
        random.Random(0).shuffle(self.events)
        assert len(self.events) == 200

    @staticmethod
    def _tint(number: int) -> float:
        return 0.8 if number % 2 else -0.8

    @staticmethod
    def _label(number: int) -> Label:
        return Label.AUTHENTIC if number % 2 else Label.AI_GENERATED

    def _add(self, event_id: str, url: str, label: Label | None) -> None:
        event = {"event_id": event_id, "content_id": event_id, "media": {"url": url}}
        self.events.append(json.dumps(event).encode())
        if label is not None:
            self.expected[event_id] = label


@pytest.mark.timeout(900)
@pytest.mark.parametrize("client", CLIENTS)
async def test_every_upload_has_one_outcome_and_the_right_one(
    client: Client,
    kafka_broker: KafkaBroker,
    shared_redis: RedisServer,
    media_server: MediaServer,
    tmp_path: Path,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=4))
    topics = config.topics
    traffic = Traffic(media_server)
    traffic.make()
    worker = WorkerProcess(
        config,
        shared_redis.url,
        tmp_path / "worker.log",
        extra=[
            f"cache.prefix={tmp_path.name}",
            f"stream.client={client}",
            *from_this_machine(media_server.port),
        ],
    )
    worker.start()
    try:
        await asyncio.to_thread(kafka_broker.publish, topics.uploads, traffic.events)
        await asyncio.to_thread(worker.wait_ready)
        async with asyncio.timeout(300):
            while await _outcomes(kafka_broker, topics.verdicts, topics.dead_letters) < 200:
                assert worker.process is not None
                assert worker.process.poll() is None, worker.log.read_text()
                await asyncio.sleep(1)
        status, metrics = await asyncio.to_thread(worker.get, "/metrics")
        assert await asyncio.to_thread(worker.stop) == 0, worker.log.read_text()
    finally:
        worker.kill()

    verdicts = [
        VerdictEvent.model_validate_json(record.value)
        for record in await _read(kafka_broker, topics.verdicts)
    ]
    assert {verdict.event_id: verdict.label for verdict in verdicts} == traffic.expected
    # Exactly one logical verdict each: what is delivered twice has the same id.
    assert len({verdict.verdict_id for verdict in verdicts}) == len(traffic.expected)
    assert all(verdict.explanation for verdict in verdicts)
    cached = [verdict for verdict in verdicts if verdict.cache.cached]
    assert len(cached) == DUPLICATES

    letters = await _read(kafka_broker, topics.dead_letters)
    reasons = Counter(header(letter.headers, "ivy-dlq-reason") for letter in letters)
    assert reasons == {"media_undecodable": UNDECODABLE, "not_json": NOT_JSON}
    undecodable = {header(letter.headers, "ivy-dlq-event-id") for letter in letters} - {""}
    assert undecodable == traffic.undecodable
    assert {letter.value for letter in letters} <= set(traffic.events)

    ends = await asyncio.to_thread(kafka_broker.end_offsets, topics.uploads)
    assert sum(ends.values()) == 200
    committed = await asyncio.to_thread(
        kafka_broker.committed, config.consumer.group_id, topics.uploads
    )
    assert committed == {number: end for number, end in ends.items() if end}

    assert status == 200
    assert 'ivy_dead_letters_total{reason="not_json"} 3.0' in metrics
    assert "ivy_stage_duration_seconds_bucket" in metrics


async def _read(broker: KafkaBroker, topic: str) -> list[Any]:
    return await asyncio.to_thread(broker.read_all, topic)


async def _outcomes(broker: KafkaBroker, *topics: str) -> int:
    ends = [await asyncio.to_thread(broker.end_offsets, topic) for topic in topics]
    return sum(sum(end.values()) for end in ends)
