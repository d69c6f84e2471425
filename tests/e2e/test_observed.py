"""What an operator sees of a worker, from its start to its end."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.kafka_broker import KafkaBroker
from tests.support.media import image_file, video_file
from tests.support.media_server import MediaServer
from tests.support.redis_server import RedisServer
from tests.support.worker_process import WorkerProcess, from_this_machine
from tests.telemetry.recorded import BY_NAME
from worker import __version__
from worker.domain.failure import Reason
from worker.models.spec import load_spec
from worker.telemetry.metric import Kind
from worker.telemetry.metric_table import TABLE
from worker.telemetry.prometheus_names import prometheus_label, prometheus_name
from worker.telemetry.table.engine import RUNNING

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.redis, pytest.mark.vllm]

TOKEN = "a-token-of-24-characters"

WITHOUT_A_CAUSE_HERE = {
    "ivy.postponed",  # no retry topic
    "ivy.verdict.drift",  # too few scores
    "ivy.gpu.utilization",  # no GPU
    "ivy.gpu.memory.used",
    "ivy.gpu.memory.total",
    "ivy.label.mass",
}
"""Absent until something happens that does not happen in this test."""


def samples(text: str) -> list[tuple[str, dict[str, str], float]]:
    """Those of ours, by the instrument's own name."""
    names = {}
    for metric in TABLE:
        name = prometheus_name(metric)
        tails = ("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",)
        names.update({name + tail: metric.name for tail in tails})
    families = text_string_to_metric_families(text)
    found = []
    for family in families:
        for sample in family.samples:
            if sample.name.startswith(("ivy_", "messaging_")):
                if sample.name.endswith("_created"):
                    continue
                labels = {name: value for name, value in sample.labels.items() if name != "le"}
                found.append((names.get(sample.name, sample.name), labels, sample.value))
    return found


def ask(worker: WorkerProcess, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    """With the token."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{worker.port}{path}",
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {TOKEN}"},
        method="PUT" if body else "GET",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read().decode()


def examined(worker: WorkerProcess) -> subprocess.CompletedProcess[str]:
    """By the command that `helm test` runs."""
    command = [sys.executable, "-m", "worker", "doctor", "--worker"]
    command += [f"http://127.0.0.1:{worker.port}", "--set", "model.spec=tiny"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def until(happened: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(happened):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.3)


@pytest.mark.timeout(600)
async def test_a_worker_can_be_seen_from_its_start_to_its_end(
    kafka_broker: KafkaBroker, shared_redis: RedisServer, media_server: MediaServer, tmp_path: Path
) -> None:
    topics = kafka_broker.topics(partitions=2)
    worker = WorkerProcess(
        kafka_broker.config(topics),
        shared_redis.url,
        tmp_path / "worker.log",
        [
            f"cache.prefix={tmp_path.name}",
            f"health.token={TOKEN}",
            *from_this_machine(media_server.port),
        ],
    )
    worker.start()
    try:
        await until(lambda: worker.get("/livez")[0] == 200)
        assert worker.get("/startupz")[0] == 503
        assert (await asyncio.to_thread(examined, worker)).returncode == 1
        assert "starting" in worker.get("/")[1]
        await asyncio.to_thread(worker.wait_ready)
        assert worker.get("/startupz")[0] == 200
        ended = await asyncio.to_thread(examined, worker)
        assert ended.returncode == 0, ended.stdout
        assert "answers its golden media rightly and takes events" in " ".join(ended.stdout.split())

        events = [b"not json"]
        for number in range(12):
            data = (
                video_file(0.8, seed=number) if number % 4 == 3 else image_file(-0.8, seed=number)
            )
            url = media_server.put(f"observed-{number}", data)
            for copy in range(2):
                event = {"event_id": f"{number}-{copy}", "content_id": "c", "media": {"url": url}}
                events.append(json.dumps(event).encode())
        await asyncio.to_thread(kafka_broker.publish, topics.uploads, events)
        await until(
            lambda: (
                sum(
                    value
                    for name, _, value in samples(worker.get("/metrics")[1])
                    if name in {"ivy.verdicts", "ivy.dead_letters"}
                )
                == 25
            )
        )
        await until(
            lambda: (
                [v for n, _, v in samples(worker.get("/metrics")[1]) if n == "ivy.consumer.lag"]
                == [0, 0]
            )
        )
        # Its figures are a second old at most, and then the engine is idle.
        await until(
            lambda: (
                [v for n, _, v in samples(worker.get("/metrics")[1]) if n == RUNNING.name] == [0]
            ),
            seconds=30,
        )
        _check(worker, topics.uploads, topics.verdicts, topics.dead_letters)
        _check_debug(worker)
        assert await asyncio.to_thread(worker.stop) == 0
        # The child's figures came to the parent, and so its end was in order.
        assert "Traceback" not in worker.log.read_text(encoding="utf-8")
    finally:
        worker.kill()


def _check(worker: WorkerProcess, *topics: str) -> None:
    found = samples(worker.get("/metrics")[1])
    seen = {name for name, _, _ in found}
    assert seen <= BY_NAME.keys(), "not in the table"
    assert BY_NAME.keys() - seen <= WITHOUT_A_CAUSE_HERE
    bounds = {
        "topics of the settings": set(topics),
        "input topics of the settings": {topics[0]},
        "partitions assigned": {"0", "1"},
        "reasons of failures, and the Kafka client's names of errors": {*Reason, ""},
        "one, the worker's": {__version__},
        "one, the model spec's id": {load_spec("tiny").id},
        "one, `policy.mode`": {"live"},
    }
    for name, labels, _ in found:
        known = {prometheus_label(one.name): one for one in BY_NAME[name].labels}
        assert labels.keys() <= known.keys(), name
        for label, value in labels.items():
            if label == "engine":
                assert value.startswith("vllm ")
                continue
            # A label that some series of a metric have is empty on the others.
            allowed = known[label].values or bounds[known[label].bound]
            assert value in allowed or not value, (name, label, value)
    figures = {name: value for name, labels, value in found if not labels}
    assert figures["ivy.consumer.partitions"] == 2
    assert figures["ivy.engine.batch_fill"] == 0
    assert figures["ivy.engine.preemptions"] == 0
    assert 0 <= figures["ivy.engine.kv_cache_usage"] < 1
    # What all questions share is shorter than a block: there are no hits, and that is told, too.
    assert 0 <= figures["ivy.engine.prefix_cache_hit_ratio"] < 1
    assert figures["ivy.consumer.poll_age"] < 10
    assert figures["ivy.in_flight"] == 0
    lookups = {labels["result"]: v for n, labels, v in found if n == "ivy.cache.lookups"}
    assert lookups["miss"] == 12
    assert lookups["hit"] + lookups["joined"] == 12
    assert lookups["error"] == 0


def _check_debug(worker: WorkerProcess) -> None:
    page = worker.get("/")[1]
    for shown in ("uploads", "questions in the engine", "Decode processes", "authentic"):
        assert shown in page
    said = json.loads(worker.get("/version")[1])
    assert said["model"]["loaded"]["id"] == load_spec("tiny").id
    assert said["versions"]["ivy-worker"] == __version__
    assert worker.get("/debug/stacks")[0] == 401
    assert "kafka-consumer" in ask(worker, "/debug/stacks")[1]
    tasks = ask(worker, "/debug/tasks")[1]
    assert "worker.detector.vllm.child" in tasks
    assert "worker.decode.child" in tasks
    assert "Pipeline.run" in tasks
    before = len(worker.log.read_bytes())
    assert ask(worker, "/debug/log-level", {"level": "debug"})[0] == 200
    assert ask(worker, "/debug/log-level", {"level": "info"})[0] == 200
    assert "log_level_set" in worker.log.read_text(encoding="utf-8")[before - 1 :]
    assert TOKEN not in worker.log.read_text(encoding="utf-8")
