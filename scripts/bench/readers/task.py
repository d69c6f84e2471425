"""What a reader of videos is to do, timed: frames out of a file, resized as the model wants them.

Each runs in a process of its own, with one thread, and may warm up with one go before.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.bench.command import said_by

RUN_S = 300


@dataclass(frozen=True, slots=True)
class Task:
    """These frames of the file, of this size."""

    file: str
    frames: tuple[int, ...]
    height: int
    width: int

    def by(self, reader: str, packages: Path) -> float:
        """Seconds that the reader takes, whose package lies in that folder."""
        command = [sys.executable, "-m", f"scripts.bench.readers.on_{reader}"]
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(packages), "OMP_NUM_THREADS": "1"}
        task = json.dumps(asdict(self))
        return float(said_by(f"{reader} ended", [*command, task], timeout_s=RUN_S, env=env))


def run(work: Callable[[Task], tuple[int, ...]]) -> None:
    """Do the task of this process's command line twice, and tell how long the second go took.

    ``work`` gives the shape of what it made.
    """
    given = json.loads(sys.argv[1])
    task = Task(given["file"], tuple(given["frames"]), given["height"], given["width"])
    work(task)
    begun = time.perf_counter()
    shape = work(task)
    seconds = time.perf_counter() - begun
    if shape != (len(task.frames), 3, task.height, task.width):
        raise RuntimeError(f"not what was asked for: {shape}")
    print(seconds)
