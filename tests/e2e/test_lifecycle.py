"""How a worker starts and ends."""

from __future__ import annotations

import base64
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.detector.test_vllm import descendants
from tests.process.test_child import alive
from tests.support.kafka_broker import KafkaBroker
from tests.support.media import image_file
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer
from tests.support.worker_process import WorkerProcess, from_this_machine

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.redis, pytest.mark.vllm]


def test_a_worker_without_redis_works_and_drains_at_sigterm_leaving_nothing_behind(
    kafka_broker: KafkaBroker, tmp_path: Path
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    worker = WorkerProcess(config, nowhere, tmp_path / "worker.log")
    worker.start()
    try:
        worker.wait_ready()
        assert worker.get("/livez") == (200, "ok\n")
        events = [
            json.dumps(
                {
                    "event_id": str(number),
                    "content_id": str(number),
                    "media": {"inline": base64.b64encode(image_file(0.9, seed=number)).decode()},
                }
            ).encode()
            for number in range(40)
        ]
        kafka_broker.publish(config.topics.uploads, events)
        time.sleep(1.0)  # in the middle of them
        assert worker.process is not None
        family = descendants(worker.process.pid)
        assert worker.stop() == 0, worker.log.read_text()
    finally:
        worker.kill()
    assert not any(alive(pid) for pid in family)
    # What was published was committed, and the rest was not begun: nothing is done twice or lost.
    verdicts = sum(kafka_broker.end_offsets(config.topics.verdicts).values())
    committed = kafka_broker.committed(config.consumer.group_id, config.topics.uploads)
    assert verdicts > 0
    assert committed == {0: verdicts}
    log = worker.log.read_text()
    assert "cache_away" in log
    for line in log.splitlines():
        json.loads(line)  # every line, vLLM's among them


def test_a_worker_whose_engine_dies_ends_by_itself_and_commits_nothing_in_flight(
    kafka_broker: KafkaBroker, shared_redis: RedisServer, tmp_path: Path
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    worker = WorkerProcess(config, shared_redis.url, tmp_path / "worker.log")
    worker.start()
    try:
        worker.wait_ready()
        assert worker.process is not None
        family = descendants(worker.process.pid)
        listing = subprocess.run(
            ["ps", "-o", "pid=,args=", "-p", ",".join(map(str, family))],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        (engine,) = [int(line.split()[0]) for line in listing.splitlines() if "vllm.child" in line]
        subprocess.run(["kill", "-9", str(engine)], check=True)
        assert worker.process.wait(60) == 1
    finally:
        worker.kill()
    assert not any(alive(pid) for pid in family)
    assert "engine_dead" in worker.log.read_text()


def test_a_worker_told_to_stop_while_its_model_loads_stops(
    kafka_broker: KafkaBroker, shared_redis: RedisServer, tmp_path: Path
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    worker = WorkerProcess(config, shared_redis.url, tmp_path / "worker.log")
    worker.start()
    try:
        deadline = time.monotonic() + 60
        while "loading the model" not in worker.get("/readyz")[1]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(4)
        assert worker.process is not None
        family = descendants(worker.process.pid)
        assert worker.stop(signal.SIGINT, timeout=30) == 0, worker.log.read_text()
    finally:
        worker.kill()
    assert not any(alive(pid) for pid in family)


def test_a_drain_that_takes_too_long_is_cut_and_the_rest_comes_again(
    kafka_broker: KafkaBroker, shared_redis: RedisServer, tmp_path: Path
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, says nothing
        port = silent.getsockname()[1]
        worker = WorkerProcess(
            config,
            shared_redis.url,
            tmp_path / "worker.log",
            extra=["flow.drain_timeout_s=0.5", *from_this_machine(port)],
        )
        worker.start()
        try:
            worker.wait_ready()
            event = {
                "event_id": "1",
                "content_id": "1",
                "media": {"url": f"http://127.0.0.1:{port}/a.jpg"},
            }
            kafka_broker.publish(config.topics.uploads, [json.dumps(event).encode()])
            time.sleep(3)
            assert worker.stop() == 0, worker.log.read_text()
        finally:
            worker.kill()
    assert "drain_incomplete" in worker.log.read_text()
    assert kafka_broker.committed(config.consumer.group_id, config.topics.uploads) == {}


def test_a_broker_that_is_away_is_named_and_the_exit_code_is_one() -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "worker", "run", "--set", "health.port=0"),
            *("--set", f"kafka.bootstrap_servers=127.0.0.1:{free_port()}"),
            *("--set", "kafka.connect_timeout_ms=1000"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "kafka.bootstrap_servers" in ended.stderr
