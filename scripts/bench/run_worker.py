"""A worker as people run it, in a process of its own, and pictures through it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
from kafka import KafkaConsumer, TopicPartition
from PIL import Image

from scripts.bench.backing import MODEL, Backing
from tests.support.media import encode
from tests.support.ports import free_port
from worker.demo.small import SMALL_ENGINE
from worker.domain.verdict import VerdictEvent
from worker.drawn.scenes import enlarged, scene
from worker.process.child import base_environment
from worker.process.program import Program
from worker.stream.kafka.config import KafkaConfig

READY_S = 600.0
LOOK_EVERY_S = 0.01


def picture(rng: np.random.Generator) -> bytes:
    """A JPEG of drawn hills, 336 pixels on a side; no two are alike."""
    pixels, _ = scene(rng, 112, 112)
    return encode(Image.fromarray(enlarged(pixels, 3)[0]), "JPEG", quality=90)


async def through(
    parts: Backing, config: KafkaConfig, files: list[bytes], program: Program
) -> tuple[float, list[str]]:
    """Publish all, and see the last verdict; seconds between, and what the model said."""
    events = [_event(data) for data in files]
    verdicts = config.topics.verdicts
    before = await asyncio.to_thread(parts.broker.end_offsets, verdicts)
    reading = asyncio.create_task(asyncio.to_thread(_read, parts, verdicts, before, len(events)))
    begun = time.perf_counter()
    await asyncio.to_thread(parts.broker.publish, config.topics.uploads, events)
    while not reading.done():
        if not program.running:
            raise RuntimeError("the worker ended")
        await asyncio.sleep(LOOK_EVERY_S)
    ended, texts = await reading
    return ended - begun, texts


def _read(parts: Backing, topic: str, after: dict[int, int], count: int) -> tuple[float, list[str]]:
    consumer = KafkaConsumer(bootstrap_servers=parts.broker.bootstrap, group_id=None)
    partitions = [TopicPartition(topic, number) for number in after]
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, after[partition.partition])
    values: list[bytes] = []
    while len(values) < count:
        for records in consumer.poll(timeout_ms=50).values():
            values += [record.value for record in records]
    ended = time.perf_counter()
    consumer.close()
    return ended, [VerdictEvent.model_validate_json(value).explanation or "" for value in values]


def _event(data: bytes) -> bytes:
    event_id = str(uuid.uuid4())
    media = {"inline": base64.b64encode(data).decode(), "mime": "image/jpeg"}
    event = {"event_id": event_id, "content_id": event_id, "media": media, "tenant": "bench"}
    return json.dumps(event).encode()


@asynccontextmanager
async def worker(parts: Backing, config: KafkaConfig) -> AsyncIterator[Program]:
    """`ivy-worker run` on these topics, ready."""
    port, topics = free_port(), config.topics
    settings = [
        f"kafka.bootstrap_servers={parts.broker.bootstrap}",
        f"kafka.consumer.group_id={config.consumer.group_id}",
        f"kafka.topics.uploads={topics.uploads}",
        f"kafka.topics.verdicts={topics.verdicts}",
        f"kafka.topics.dead_letters={topics.dead_letters}",
        "kafka.topics.retries=",
        f"cache.url={parts.redis.url}",
        f"model.spec={MODEL}",
        "health.host=127.0.0.1",
        f"health.port={port}",
        "log.level=warning",
        "decode.processes=1",
        *SMALL_ENGINE,
    ]
    words = (part for setting in settings for part in ("--set", setting))
    program = await Program.start(
        [*(sys.executable, "-m", "worker", "run"), *words],
        env={**base_environment(), "HF_HUB_OFFLINE": "1", **_threads()},
        output=parts.redis.folder / "worker.log",
    )
    try:
        await _until_ready(program, port, parts.redis.folder / "worker.log")
        yield program
    finally:
        await program.end(grace_s=60)


def _threads() -> dict[str, str]:
    """What makes the processes of both sides alike."""
    return {name: value for name, value in os.environ.items() if name.startswith(("OMP_", "VLLM_"))}


async def _until_ready(program: Program, port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    async with httpx.AsyncClient(trust_env=False) as client:
        while time.monotonic() < deadline:
            if not program.running:
                break
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/readyz")
            except httpx.HTTPError:
                pass
            else:
                if answer.status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(0.2)
    raise RuntimeError(f"the worker does not get ready:\n{log.read_text(encoding='utf-8')[-2000:]}")
