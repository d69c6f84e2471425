"""An engine that ends takes its worker along, and the next one tells of it."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.detector.test_vllm import descendants
from tests.support.kafka_broker import KafkaBroker
from tests.support.redis_server import RedisServer
from tests.support.worker_process import WorkerProcess

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.redis, pytest.mark.vllm]

DIED = r'^ivy_engine_ended_total\{reason="died"\} (\S+)$'
UP_S = 60


def died(worker: WorkerProcess) -> float | None:
    """As Prometheus would read it; None where the worker does not answer yet."""
    found = re.search(DIED, worker.get("/metrics")[1], re.MULTILINE)
    return float(found[1]) if found else None


def engine_of(worker: WorkerProcess) -> set[int]:
    """The processes below it that are of the engine."""
    assert worker.process is not None
    programs = {
        pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in descendants(worker.process.pid)
    }
    (engine,) = (pid for pid, words in programs.items() if b"detector.vllm.child" in words)
    return descendants(engine)


@pytest.mark.timeout(600)
def test_what_ended_the_engine_is_counted_on_by_the_next_worker(
    kafka_broker: KafkaBroker, shared_redis: RedisServer, tmp_path: Path
) -> None:
    file = tmp_path / "ends.json"
    worker = WorkerProcess(
        kafka_broker.config(kafka_broker.topics(partitions=1)),
        shared_redis.url,
        tmp_path / "worker.log",
        [f"cache.prefix={tmp_path.name}", f"telemetry.engine_ends_file={file}"],
    )
    worker.start()
    try:
        worker.wait_ready()
        assert died(worker) == 0
        for pid in engine_of(worker):
            os.kill(pid, signal.SIGKILL)
        assert worker.process is not None
        assert worker.process.wait(120) == 1
        assert json.loads(file.read_text(encoding="utf-8")) == {"died": 1}
        worker.start()
        deadline = time.monotonic() + UP_S
        while (found := died(worker)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.3)
        assert found == 1
    finally:
        worker.kill()
