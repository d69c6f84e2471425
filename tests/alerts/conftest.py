"""A worker that does everything it can, and a real Prometheus that reads it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from scripts.dashboards.prometheus import PROGRAMS, Prometheus, running
from scripts.dashboards.shown import Window
from tests.support.kafka_broker import KafkaBroker
from tests.support.media import image_file, video_file
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer
from tests.support.worker_process import WorkerProcess, from_this_machine
from worker.demo.embedded.file_server import FileServer
from worker.drift.bins import LEAST

UPLOADS = int(os.environ.get("PICTURE_UPLOADS", "48"))
"""More of them make better pictures (docs/dashboards.md)."""

AT_ONCE = 8
"""Events that are published together: a curve needs more than one point."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is there to look at."""

    prometheus: Prometheus
    window: Window


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus' own checker."""
    program = PROGRAMS / "promtool"
    assert program.exists(), "promtool is missing: run `make parts`"
    return str(program)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def watched(
    kafka_broker: KafkaBroker, shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watched]:
    """Mixed uploads through a worker: duplicates, broken and missing files, nonsense."""
    folder = tmp_path_factory.mktemp("watched")
    config = kafka_broker.config(
        kafka_broker.topics(partitions=2, retry_delays_s=(2,)), commit_interval_ms=500
    )
    media, closed = folder / "media", free_port()
    media.mkdir()
    server = FileServer(media)
    await server.start()
    worker = WorkerProcess(
        config,
        shared_redis.url,
        folder / "worker.log",
        extra=[
            f"cache.prefix={folder.name}",
            "flow.retry_attempts=2",
            "cascade.enabled=true",
            "cascade.sample=0.5",
            f"policy.drift.window={LEAST}",
            *from_this_machine(server.port, closed),
        ],
    )
    worker.start()
    port = free_port()
    try:
        with running(folder, port, {f"127.0.0.1:{worker.port}": "ivy-worker-0"}) as prometheus:
            await asyncio.to_thread(worker.wait_ready)
            begun = time.time() - 10
            await asyncio.sleep(2)  # a counter's rise from 0 is seen only after its 0
            events = _events(server, media, closed)
            for part in range(0, len(events), AT_ONCE):
                batch = events[part : part + AT_ONCE]
                await asyncio.to_thread(kafka_broker.publish, config.topics.uploads, batch)
                await asyncio.sleep(0.5)
            await _until_done(prometheus, len(events))
            yield Watched(prometheus, Window(begun, time.time(), "10s"))
    finally:
        worker.kill()
        await server.close()


def _events(server: FileServer, media: Path, closed: int) -> list[bytes]:
    files = {}
    for number in range(UPLOADS):
        tint = 0.8 if number % 2 else -0.8
        if number % 8:
            files[f"image-{number}"] = image_file(tint, "JPEG", 200, 160, number)
        else:
            files[f"video-{number}"] = video_file(tint, seed=number)
    files |= {f"broken-{number}": image_file(0.5, "JPEG", seed=number)[:500] for number in range(4)}
    for name, data in files.items():
        (media / name).write_bytes(data)
    origin = f"http://127.0.0.1:{server.port}/media"
    urls = [f"{origin}/{name}" for name in files]
    urls += [f"{url}?again" for url in urls[:UPLOADS:6]]
    urls += [f"{origin}/not-there"]
    random.Random(0).shuffle(urls)
    # The first of its kind begins a series, and only the second one is a rise.
    urls = [f"http://127.0.0.1:{closed}/first", *urls, f"http://127.0.0.1:{closed}/last"]
    events = [
        json.dumps({"event_id": f"e-{n}", "content_id": f"c-{n}", "media": {"url": url}}).encode()
        for n, url in enumerate(urls)
    ]
    return [*events, b"not json", b'{"event_id": ']


async def _until_done(prometheus: Prometheus, events: int) -> None:
    expression = "sum(ivy_verdicts_total) + sum(ivy_dead_letters_total)"
    async with asyncio.timeout(240):
        while True:
            found = await asyncio.to_thread(prometheus.now, expression, time.time())
            if found and found[0].figures[0] >= events:
                return
            await asyncio.sleep(1)
