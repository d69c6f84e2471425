"""A worker with a simulated engine, in a process of its own: the side of the bench."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.bench.engine import Engine
from worker.stream.kafka.config import KafkaConfig

ROOT = Path(__file__).parents[2]
END_S = 60
LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Look:
    """What a worker says of itself."""

    at: float
    """When it looked, by ``time.perf_counter()``, which Linux has the same in all processes: a busy
    worker may be late to answer."""
    settled: int
    """Events with an outcome since it joined."""
    partitions: int
    gap: int
    """The most finished events of a partition that waited for one before them, since it joined."""


class HostedWorker:
    """Its process. Raises ``RuntimeError`` with its last words where it has ended."""

    def __init__(self, settings: Mapping[str, Any], engine: Engine, log: Path) -> None:
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "scripts.bench.hosted"),
                    *(json.dumps(settings), json.dumps(asdict(engine))),
                ],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    @property
    def pid(self) -> int:
        """Of the worker's own process; those that decode are others."""
        return self._process.pid

    def say(self, command: str, **more: Any) -> None:
        """Give a command; its answer is to be heard."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": command, **more}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._ended()

    def hear(self) -> dict[str, Any]:
        """The answer to the command before."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._ended()
        found: dict[str, Any] = json.loads(line)
        return found

    def _ended(self) -> None:
        words = self._log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"a worker ended: {words[-2000:]}")

    def look(self) -> Look:
        """How far it is."""
        self.say("look")
        return Look(**self.hear())

    def wait_settled(self, events: int) -> None:
        """Return once it has settled that many since it joined."""
        while self.look().settled < events:
            time.sleep(LOOK_EVERY_S)

    def close(self) -> None:
        """Have it leave and end; killed if it does not."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._process.wait(END_S)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        finally:
            assert self._process.stdout is not None
            self._process.stdout.close()


@contextmanager
def hosted(
    count: int, settings: Mapping[str, Any], engine: Engine, folder: Path
) -> Iterator[list[HostedWorker]]:
    """So many workers, up and in no group yet."""
    workers = [
        HostedWorker(settings, engine, folder / f"worker-{number}.log") for number in range(count)
    ]
    try:
        for worker in workers:
            worker.hear()
        yield workers
    finally:
        for worker in workers:
            worker.close()


def join(workers: Sequence[HostedWorker], config: KafkaConfig) -> None:
    """Have all join the group of the settings; return once all are in it."""
    for worker in workers:
        worker.say("join", kafka=config.model_dump(mode="json"))
    for worker in workers:
        worker.hear()


def leave(workers: Sequence[HostedWorker]) -> None:
    """Have all finish what they have in hand, and leave."""
    for worker in workers:
        worker.say("leave")
    for worker in workers:
        worker.hear()
