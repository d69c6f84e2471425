"""Everything that the demo starts: broker, Redis, media store, and a worker as people run it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from worker.demo.embedded.broker import API_VERSION, start_broker
from worker.demo.embedded.file_server import FileServer
from worker.demo.embedded.redis import start_redis
from worker.domain.failure import Reason, Systemic
from worker.process.child import base_environment
from worker.process.program import Program
from worker.stream.kafka.config import KafkaConfig

READY_TIMEOUT_S = 600.0
"""A first start of vLLM on a cold and busy machine takes minutes."""

LOOK_EVERY_S = 0.25
DRAIN_GRACE_S = 60.0
LOG_LINES = 25
"""The end of the worker's log, shown when it does not start."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is up, and where."""

    kafka: KafkaConfig
    redis_url: str
    server: FileServer
    worker: Program
    log: Path

    def check_worker(self) -> None:
        """Raises ``Systemic`` with the end of its log if the worker is gone."""
        if not self.worker.running:
            raise Systemic(Reason.INTERNAL, f"the worker ended:\n{log_end(self.log)}")


@asynccontextmanager
async def open_stage(
    folder: Path, media: Path, *, model: str, settings: list[str]
) -> AsyncIterator[Stage]:
    """Start everything, and end it in reverse order. Raises ``Systemic``.

    ``settings`` are further ``--set`` assignments for the worker.
    """
    async with AsyncExitStack() as stack:
        topics = KafkaConfig().topics
        broker, bootstrap = await start_broker([topic for _, topic in topics.all()])
        stack.push_async_callback(broker.end, grace_s=2)
        kafka = KafkaConfig(bootstrap_servers=(bootstrap,), api_version=API_VERSION)

        redis, redis_url = await start_redis(folder)
        stack.push_async_callback(redis.end, grace_s=2)

        server = FileServer(media)
        await server.start()
        stack.push_async_callback(server.close)

        log, port = folder / "worker.log", _free_port()
        assignments = [
            f"kafka.bootstrap_servers={bootstrap}",
            f"kafka.api_version={API_VERSION}",
            "kafka.consumer.commit_interval_ms=200",
            f"cache.url={redis_url}",
            f"model.spec={model}",
            # The media store is on this machine, which no stranger's URL may point to.
            "fetch.allowed_networks=127.0.0.0/8",
            f"fetch.rules.allowed_ports={server.port}",
            "log.format=console",
            "health.host=127.0.0.1",
            f"health.port={port}",
            *settings,
        ]
        worker = await Program.start(
            [
                *(sys.executable, "-m", "worker", "run"),
                *(part for assignment in assignments for part in ("--set", assignment)),
            ],
            env=_worker_environment(),
            output=log,
        )
        stack.push_async_callback(worker.end, grace_s=DRAIN_GRACE_S)
        found = Stage(kafka, redis_url, server, worker, log)
        await _until_ready(found, port)
        yield found


def _worker_environment() -> dict[str, str]:
    # The hub, for a model that is not shipped; and nothing of a person's own IVY_ settings.
    passed = {name: value for name, value in os.environ.items() if name.startswith("HF_")}
    return {**base_environment(), **passed}


async def _until_ready(stage: Stage, port: int) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            stage.check_worker()
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/readyz")
            except httpx.HTTPError:
                pass
            else:
                if answer.status_code == httpx.codes.OK:
                    return
            if time.monotonic() > deadline:
                raise Systemic(
                    Reason.INTERNAL, f"the worker does not get ready:\n{log_end(stage.log)}"
                )
            await asyncio.sleep(LOOK_EVERY_S)


def log_end(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
