"""How long `ivy-worker run` takes until it is ready, beside what its engine takes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from scripts.bench.backing import MODEL, PARTITIONS, Backing, backing
from scripts.bench.figure import Compared, Figure, Round
from scripts.bench.row import Bench
from tests.support.worker_process import READY_S, WorkerProcess
from worker.app.vitals import Phase

LOOK_EVERY_S = 0.01
AIM_S = 1.5


def start(bench: Bench) -> Figure:
    """A new process in each round; the first, which fills the caches of files, counts for none."""
    rounds = []
    with backing(bench.folder) as parts:
        for number in range(bench.size.rounds + 1):
            found = _started(parts, bench.folder / f"worker-{number}.log")
            if number:
                rounds.append(found)
                bench.done()
    return Figure(
        row="start",
        ours="from the command `ivy-worker run` to /readyz answering 200, the tiny model on vLLM",
        reference="of it, loading the model in the engine's process and its self-test",
        unit="s",
        rounds=tuple(rounds),
        aim=AIM_S,
        at_most=True,
        compared=Compared.DIFFERENCE,
    )


def _started(parts: Backing, log: Path) -> Round:
    config = parts.broker.config(parts.broker.topics(PARTITIONS))
    more = [f"model.spec={MODEL}", "decode.text=true", "decode.processes=1"]
    process = WorkerProcess(config, parts.redis.url, log, extra=more)
    begun = time.perf_counter()
    process.start()
    try:
        while process.get("/readyz")[0] != 200:
            if process.process is None or process.process.poll() is not None:
                raise RuntimeError(f"the worker ended: {log.read_text(errors='replace')[-2000:]}")
            if time.perf_counter() - begun > READY_S:
                raise RuntimeError("the worker did not get ready")
            time.sleep(LOOK_EVERY_S)
        took = time.perf_counter() - begun
        process.stop()
    finally:
        process.kill()
    return Round(took, engine_s(log.read_text(encoding="utf-8", errors="replace")))


def engine_s(log: str) -> float:
    """Seconds from the line that the model is being loaded to the next phase, the joining.

    Between the two stand the engine's process, its self-test, and some milliseconds of ours.
    """
    begun = next(_times(log, event="loading_model"))
    ended = next(_times(log, event="phase", phase=Phase.JOINING.value))
    return (ended - begun).total_seconds()


def _times(log: str, **wanted: Any) -> Iterator[datetime]:
    for line in log.splitlines():
        if not line.startswith("{"):
            continue
        try:
            found = json.loads(line)
        except ValueError:
            continue  # a library's own
        if all(found.get(name) == value for name, value in wanted.items()):
            yield datetime.fromisoformat(found["timestamp"])
