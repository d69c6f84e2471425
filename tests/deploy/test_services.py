"""What docker-compose.yml starts, started here: the same files and arguments, without containers.

Other than there are only what a container gives: paths, ports and host names. Prometheus, Grafana
and VersityGW are not among these; in the last one's place moto speaks S3.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from redis import Redis

from tests.deploy.compose import ROOT, services
from tests.support.kafka_broker import LIBS
from tests.support.ports import free_port, wait_for_port

DEPLOY = ROOT / "deploy"
JAVA = ["java", "-Xmx512m", "-cp", f"{LIBS}/*", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
WORKER_READY_S = 420.0
PUBLISH_S = 240.0


@contextmanager
def running(
    command: list[str], port: int, log: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens, ended afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=env, cwd=ROOT)
    try:
        wait_for_port(port, process, WORKER_READY_S)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """The broker, from deploy/kafka.properties and the start command's two steps."""
    inside, host, controller = free_port(), free_port(), free_port()
    text = (DEPLOY / "kafka.properties").read_text(encoding="utf-8")
    for given, here in (
        ("INSIDE://kafka:9092", f"INSIDE://127.0.0.1:{inside}"),
        ("INSIDE://:9092", f"INSIDE://127.0.0.1:{inside}"),
        ("HOST://localhost:19092", f"HOST://localhost:{host}"),
        ("HOST://:19092", f"HOST://127.0.0.1:{host}"),
        ("localhost:9093", f"localhost:{controller}"),
        ("log.dirs=/var/lib/kafka", f"log.dirs={folder}/kafka"),
    ):
        assert given in text
        text = text.replace(given, here)
    properties = folder / "kafka.properties"
    properties.write_text(text, encoding="utf-8")
    start = services()["kafka"]["command"][0]
    assert "format --ignore-formatted" in start
    assert "exec /opt/kafka/bin/kafka-server-start.sh" in start
    cluster = start.split("--cluster-id ")[1].split()[0]
    for _ in range(2):  # a second start finds its folder formatted
        subprocess.run(
            [
                *JAVA,
                *("kafka.tools.StorageTool", "format", "--ignore-formatted"),
                *("--cluster-id", cluster, "--config", str(properties)),
            ],
            check=True,
            capture_output=True,
        )
    with running([*JAVA, "kafka.Kafka", str(properties)], inside, folder / "kafka.log"):
        yield f"127.0.0.1:{inside}"


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """The cache with its arguments. Redis understands the same ones."""
    port = free_port()
    arguments = services()["valkey"]["command"][1:]
    command = ["redis-server", *arguments, "--port", str(port), "--bind", "127.0.0.1"]
    with running([*command, "--dir", str(folder)], port, folder / "valkey.log"):
        client = Redis(port=port)
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        client.close()
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def store(keys: dict[str, str]) -> Iterator[str]:
    """An S3 API with the bucket in it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys["ROOT_ACCESS_KEY"],
        aws_secret_access_key=keys["ROOT_SECRET_KEY"],
    )
    client.create_bucket(Bucket="uploads")
    client.close()
    try:
        yield endpoint
    finally:
        server.stop()


@pytest.mark.e2e
@pytest.mark.kafka
@pytest.mark.redis
@pytest.mark.vllm
@pytest.mark.timeout(900)
def test_demo_from_upload_to_verdict(tmp_path: Path) -> None:
    """Profile `demo`: topics made, worker ready, samples uploaded, each with its right verdict."""
    worker = services()["worker-cpu"]
    keys = services()["store"]["environment"]
    port = free_port()
    with kafka(tmp_path) as broker, valkey(tmp_path) as cache, store(keys) as s3:
        here = {
            "IVY_CONFIG": str(DEPLOY / "worker.yaml"),
            "IVY_KAFKA__BOOTSTRAP_SERVERS": broker,
            "IVY_CACHE__URL": cache,
            "IVY_FETCH__S3_ENDPOINT": s3,
            "IVY_FETCH__SPILL_FOLDER": str(tmp_path),
            "IVY_HEALTH__PORT": str(port),
            "IVY_HEALTH__HOST": "127.0.0.1",
            "IVY_TELEMETRY__TRACES": "none",
        }
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **worker["environment"], **here}
        ivy = [sys.executable, "-m", "worker"]
        topics = [*ivy, *services()["topics"]["command"]]
        for _ in range(2):  # the second time there is nothing to do
            subprocess.run(topics, env=env, cwd=ROOT, check=True, capture_output=True, timeout=120)
        log = tmp_path / "worker.log"
        with running([*ivy, *worker["command"]], port, log, env):
            until_healthy(worker["healthcheck"]["test"], port)
            published = subprocess.run(
                [sys.executable, str(ROOT / "scripts" / "compose" / "publish.py")],
                env=env | {"PYTHONPATH": str(ROOT)},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
                timeout=PUBLISH_S,
            )
            assert published.returncode == 0, published.stdout + published.stderr
            lines = published.stdout.splitlines()
            assert len(lines) == 1 + int(lines[0].split()[0])


def until_healthy(test: list[str], port: int) -> None:
    """The service's own healthcheck, as Docker would run it."""
    assert test[:2] == ["CMD", "python"]
    command = [sys.executable, test[2], test[3].replace(":8080/", f":{port}/")]
    assert command[2] != test[3]
    deadline = time.monotonic() + WORKER_READY_S
    while subprocess.run(command, check=False, capture_output=True).returncode:
        assert time.monotonic() < deadline, "the worker does not get ready"
        time.sleep(1)
