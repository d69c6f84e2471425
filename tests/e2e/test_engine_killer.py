"""One file kills the engine, nineteen do not, and a supervisor starts the worker again."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_commands import ivy
from tests.support.engine_killer import deadly_picture, plugin_folder
from tests.support.kafka_broker import KafkaBroker
from tests.support.media import image_file
from tests.support.redis_server import RedisServer
from tests.support.worker_process import WorkerProcess, header
from worker.domain.verdict import Label, VerdictEvent
from worker.stream.kafka.topic_names import TopicNames

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.redis, pytest.mark.vllm]

EVENTS = 20
KILLER = 7
MAX_STARTS = 5
DEADLY = deadly_picture()


def event(number: int) -> bytes:
    data = DEADLY if number == KILLER else image_file(0.9, seed=number)
    upload = {
        "event_id": str(number),
        "content_id": str(number),
        "media": {"inline": base64.b64encode(data).decode()},
    }
    return json.dumps(upload).encode()


def outcomes(broker: KafkaBroker, topics: TopicNames) -> int:
    """Events with one: what was published before a death and not committed is published again."""
    verdicts = {
        VerdictEvent.model_validate_json(_of(record).value).event_id
        for record in broker.read_all(topics.verdicts)
    }
    letters = {
        header(_of(one).headers, "ivy-dlq-event-id") for one in broker.read_all(topics.dead_letters)
    }
    return len(verdicts | letters)


async def supervise(worker: WorkerProcess, broker: KafkaBroker, topics: TopicNames) -> int:
    """Start it again after each end with status 1, until all is done. How often it ended so."""
    for deaths in range(MAX_STARTS):
        worker.start()
        assert worker.process is not None
        while worker.process.poll() is None:
            if await asyncio.to_thread(outcomes, broker, topics) == EVENTS:
                assert await asyncio.to_thread(worker.stop) == 0, worker.log.read_text()
                return deaths
            await asyncio.sleep(0.5)
        assert worker.process.returncode == 1, worker.log.read_text()
    raise AssertionError(worker.log.read_text())


@pytest.mark.timeout(900)
async def test_a_file_that_kills_the_engine_is_quarantined_and_its_neighbours_are_judged(
    kafka_broker: KafkaBroker,
    own_redis: RedisServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = [str(plugin_folder(tmp_path / "plugin")), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(part for part in path if part))
    config = kafka_broker.config(kafka_broker.topics(partitions=2, retry_delays_s=[1.0]))
    topics = config.topics
    worker = WorkerProcess(config, own_redis.url, tmp_path / "worker.log")
    events = [event(number) for number in range(EVENTS)]
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, events)
    try:
        deaths = await supervise(worker, kafka_broker, topics)
    finally:
        worker.kill()

    # Once among the others, once alone.
    assert deaths == 2, worker.log.read_text()
    records = await asyncio.to_thread(kafka_broker.read_all, topics.verdicts)
    verdicts = [VerdictEvent.model_validate_json(_of(record).value) for record in records]
    others = {str(number) for number in range(EVENTS) if number != KILLER}
    assert {verdict.event_id for verdict in verdicts} == others
    # What came twice came under the same id.
    assert len({verdict.verdict_id for verdict in verdicts}) == len(others)
    assert {verdict.label for verdict in verdicts} == {Label.AUTHENTIC}
    (letter,) = await asyncio.to_thread(kafka_broker.read_all, topics.dead_letters)
    headers = _of(letter).headers
    assert header(headers, "ivy-dlq-reason") == "engine_killed"
    assert header(headers, "ivy-dlq-event-id") == str(KILLER)
    assert _of(letter).value == events[KILLER]

    settings = ["--set", f"cache.url={own_redis.url}"]
    listed = await asyncio.to_thread(ivy, "quarantine", "ls", "--json", *settings)
    (suspect,) = [json.loads(line) for line in listed.stdout.splitlines()]
    content = sha256(DEADLY).hexdigest()
    assert (suspect["sha256"], suspect["standing"]) == (content, "convicted")
    lifted = await asyncio.to_thread(_lift, content, settings)
    assert (lifted.returncode, lifted.stdout) == (0, "lifted 1\n")


def _lift(content: str, settings: list[str]) -> subprocess.CompletedProcess[str]:
    return ivy("quarantine", "lift", content, *settings)


def _of(record: object) -> Any:
    """A record as kafka-python gives it, which has no types."""
    return record
