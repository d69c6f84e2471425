"""`ivy-worker stress` against a worker as operators run it, all parts real."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.kafka_broker import KafkaBroker
from tests.support.media import image_file
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer
from tests.support.worker_process import WorkerProcess, from_this_machine
from worker.domain.verdict import VerdictEvent
from worker.stream.kafka.config import KafkaConfig

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.kafka,
    pytest.mark.redis,
    pytest.mark.vllm,
    pytest.mark.timeout(600),
]

RETRY_S = 300
"""Longer than the test: what is put there stays."""


@dataclass
class Deployment:
    """A worker, and the command on its topics."""

    broker: KafkaBroker
    config: KafkaConfig
    allowed_port: int
    """The one on this machine from which the worker fetches."""
    folder: Path

    def stress(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """Exit code, report, and what was printed."""
        topics, report = self.config.topics, self.folder / "report.json"
        assignments = {
            "kafka.bootstrap_servers": self.broker.bootstrap,
            "kafka.topics.uploads": topics.uploads,
            "kafka.topics.verdicts": topics.verdicts,
            "kafka.topics.dead_letters": topics.dead_letters,
            "kafka.topics.retries": ",".join(
                f"{topic.name}={topic.delay_s:g}" for topic in topics.retries
            ),
            "kafka.consumer.group_id": self.config.consumer.group_id,
        }
        settings = [
            part for name, value in assignments.items() for part in ("--set", f"{name}={value}")
        ]
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "worker", "stress", "--json", str(report)),
                *arguments,
                *settings,
            ],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        said = ended.stdout + ended.stderr
        assert report.exists(), said
        return ended.returncode, json.loads(report.read_text()), said


@pytest.fixture(scope="module")
def deployment(
    kafka_broker: KafkaBroker,
    shared_redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("stress")
    config = kafka_broker.config(kafka_broker.topics(partitions=4, retry_delays_s=[RETRY_S]))
    port = free_port()
    worker = WorkerProcess(
        config,
        shared_redis.url,
        folder / "worker.log",
        extra=[f"cache.prefix={folder.name}", "flow.retry_attempts=1", *from_this_machine(port)],
    )
    worker.start()
    try:
        worker.wait_ready()
        yield Deployment(kafka_broker, config, port, folder)
    finally:
        worker.kill()


def test_every_upload_is_accounted_for(deployment: Deployment) -> None:
    code, report, said = deployment.stress(
        *("--rate", "3", "--duration", "10s", "--ramp", "2s", "--duplicates", "0.4"),
        *("--timeout", "120s", "--expect", "lost==0", "--expect", "p99_ms<=120s"),
    )
    assert code == 0, said
    sending, outcomes = report["sending"], report["outcomes"]
    assert sending["sent"] == sending["published"] > 10
    assert sending["refused"] == {}
    assert outcomes["verdicts"] == sending["sent"]
    assert outcomes["dead_letters"] == {}
    assert [outcomes[name] for name in ("lost", "wrong", "repeated", "contradicting")] == [0] * 4
    # A content that comes again while the first is in work waits for it, and counts as cached.
    assert outcomes["cached"] == sending["sent"] - sending["new_contents"] > 0

    latency, stages = report["latency_ms"], report["stages_ms"]
    after_ramp = latency["all"]["count"]
    assert 0 < after_ramp < sending["sent"]
    assert latency["cached"]["count"] + latency["uncached"]["count"] == after_ramp
    assert 0 < latency["all"]["p50"] <= latency["all"]["p99"] <= latency["all"]["max"]
    assert {"answer", "decode", "engine", "fetch", "total"} <= set(stages)
    assert stages["engine"]["p50"] <= stages["total"]["max"]
    assert sum(report["per_second"]["sent"]) == sending["sent"]
    assert sum(report["per_second"]["answered"]) == outcomes["verdicts"]
    assert report["lag"]["at_end"] == 0
    assert report["run"] in said

    records: list[Any] = deployment.broker.read_all(deployment.config.topics.verdicts)
    verdicts = [
        VerdictEvent.model_validate_json(record.value)
        for record in records
        if record.value and report["run"].encode() in record.value
    ]
    assert {verdict.tenant for verdict in verdicts} == {"stress"}
    assert {str(verdict.context["stress"]) for verdict in verdicts} == {report["run"]}
    # What the run calls new was new to the worker: no two have the same bytes.
    assert len({verdict.content_hash for verdict in verdicts}) == sending["new_contents"]


def test_media_are_served_and_what_is_refused_is_told_by_reason(deployment: Deployment) -> None:
    served = f"127.0.0.1:{deployment.allowed_port}"
    code, report, said = deployment.stress(
        *("--rate", "2", "--duration", "4s", "--serve", served, "--clip-share", "0.5"),
        *("--timeout", "120s"),
    )
    assert code == 0, said
    assert report["outcomes"]["verdicts"] == report["sending"]["sent"] > 0
    assert "fetch.allowed_networks does not have 127.0.0.1" in said  # of the command's settings

    code, report, said = deployment.stress(
        *("--rate", "5", "--duration", "2s", "--serve", f"127.0.0.1:{free_port()}"),
        *("--expect", "dead_letters<=10%", "--expect", "lost==0"),
    )
    assert code == 4, said
    sent = report["sending"]["sent"]
    assert report["outcomes"]["dead_letters"] == {"url_forbidden": sent}
    assert [one["holds"] for one in report["expectations"]] == [False, True]
    assert report["latency_ms"]["all"]["count"] == 0


def test_what_waits_in_a_retry_topic_is_not_called_lost(
    deployment: Deployment, tmp_path: Path
) -> None:
    (tmp_path / "one.png").write_bytes(image_file(0.5))
    nobody = f"http://127.0.0.1:{deployment.allowed_port}"
    code, report, said = deployment.stress(
        *("--rate", "4", "--duration", "2s", "--folder", str(tmp_path), "--media-url", nobody),
        *("--timeout", "6s"),
    )
    outcomes, sent = report["outcomes"], report["sending"]["sent"]
    assert (outcomes["retried"], outcomes["waiting"], outcomes["lost"]) == (sent, sent, 0), said
    assert code == 0
    assert "wait in a retry topic" in said
