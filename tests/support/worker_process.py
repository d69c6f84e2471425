"""`ivy-worker run`, as an operator starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.ports import free_port
from tests.support.vllm_engine import SMALL
from worker.domain.record import Headers
from worker.stream.kafka.config import KafkaConfig

READY_S = 300


def engine_assignments() -> list[str]:
    """The small engine's settings, as ``--set`` takes them."""
    return [
        f"engine.{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in SMALL.model_dump(exclude_defaults=True).items()
    ]


def from_this_machine(*ports: int) -> list[str]:
    """Settings by which media come from servers of a test, as ``--set`` takes them."""
    return [
        "fetch.allowed_networks=127.0.0.0/8",
        f"fetch.rules.allowed_ports={','.join(map(str, ports))}",
    ]


@dataclass
class WorkerProcess:
    """One worker in a process of its own."""

    kafka: KafkaConfig
    redis_url: str
    log: Path
    extra: list[str] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it gets ready later."""
        topics, consumer = self.kafka.topics, self.kafka.consumer
        assignments = [
            f"kafka.bootstrap_servers={','.join(self.kafka.bootstrap_servers)}",
            f"kafka.topics.uploads={topics.uploads}",
            f"kafka.topics.verdicts={topics.verdicts}",
            f"kafka.topics.dead_letters={topics.dead_letters}",
            "kafka.topics.retries="
            + ",".join(f"{topic.name}={topic.delay_s:g}" for topic in topics.retries),
            f"kafka.consumer.group_id={consumer.group_id}",
            f"kafka.consumer.commit_interval_ms={consumer.commit_interval_ms}",
            f"cache.url={self.redis_url}",
            "model.spec=tiny",
            "health.host=127.0.0.1",
            f"health.port={self.port}",
            *engine_assignments(),
            # A quarter of a second for each picture; the demo's test has it on.
            "decode.text=false",
            *self.extra,
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "worker", "run"),
                    *(part for assignment in assignments for part in ("--set", assignment)),
                ],
                stdout=log,
                stderr=log,
                env={**os.environ, "HF_HUB_OFFLINE": "1"},
                start_new_session=True,
            )

    def get(self, path: str) -> tuple[int, str]:
        """Ask its health server; status 0 where it does not listen yet."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_ready(self) -> None:
        """Return once it says that it is ready."""
        deadline = time.monotonic() + READY_S
        while self.get("/readyz")[0] != 200:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.2)

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = 90) -> int:
        """Send a signal and wait; its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout)

    def kill(self) -> None:
        """End it whatever it does."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def header(headers: Headers, name: str) -> str:
    """A header's value as text, or an empty one."""
    return next((value.decode() for key, value in headers if key == name), "")
