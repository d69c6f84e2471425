"""A worker as people run it, in a process of its own, and pictures through it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from kafka import KafkaConsumer, TopicPartition
from PIL import Image

from scripts.bench.backing import MODEL, Backing
from scripts.bench.uploads import event
from tests.support.media import encode
from tests.support.worker_process import WorkerProcess
from worker.domain.verdict import VerdictEvent
from worker.drawn.scenes import enlarged, scene
from worker.stream.kafka.config import KafkaConfig

LOOK_EVERY_S = 0.01


def picture(rng: np.random.Generator) -> bytes:
    """A JPEG of drawn hills, 336 pixels on a side; no two are alike."""
    pixels, _ = scene(rng, 112, 112)
    return encode(Image.fromarray(enlarged(pixels, 3)[0]), "JPEG", quality=90)


async def through(
    parts: Backing, config: KafkaConfig, files: list[bytes], program: WorkerProcess
) -> tuple[float, list[str]]:
    """Publish all, and see the last verdict; seconds between, and what the model said."""
    events = [event(data, "image/jpeg") for data in files]
    verdicts = config.topics.verdicts
    before = await asyncio.to_thread(parts.broker.end_offsets, verdicts)
    reading = asyncio.create_task(asyncio.to_thread(_read, parts, verdicts, before, len(events)))
    begun = time.perf_counter()
    await asyncio.to_thread(parts.broker.publish, config.topics.uploads, events)
    while not reading.done():
        if program.process is None or program.process.poll() is not None:
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


@contextmanager
def worker(parts: Backing, config: KafkaConfig, *, text: bool) -> Iterator[WorkerProcess]:
    """`ivy-worker run` on these topics, ready, on the engine settings ``SMALL``."""
    log = parts.redis.folder / "worker.log"
    more = [f"model.spec={MODEL}", f"decode.text={text}", "decode.processes=1", "log.level=warning"]
    process = WorkerProcess(config, parts.redis.url, log, extra=more)
    process.start()
    try:
        process.wait_ready()
        yield process
        process.stop()
    finally:
        process.kill()
