"""The whole worker on the real engine, against vLLM alone with everything in its hands already."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from scripts.bench.backing import MODEL, PARTITIONS, Backing, backing
from scripts.bench.figure import Figure, Round
from scripts.bench.row import Bench
from scripts.bench.run_worker import picture, through, worker
from tests.support.vllm_engine import SMALL
from worker.decode import image
from worker.decode.decode import decode
from worker.decode.protocol import DecodeLimits
from worker.detector.vllm.environment import engine_environment
from worker.models.spec import load_spec

AIM = 0.95


def ceiling(bench: Bench) -> Figure:
    """Rounds of new pictures: neither side has seen one before.

    Without the search for text, for vLLM alone looks for none.
    """
    return _figure(bench, text=False)


def ceiling_with_text(bench: Bench) -> Figure:
    """The same with the search for text in each picture, as a worker has it by default."""
    return _figure(bench, text=True)


def _figure(bench: Bench, *, text: bool) -> Figure:
    with backing(bench.folder) as parts, offline() as alone:
        return asyncio.run(_measure(bench, parts, alone, text=text))


async def _measure(
    bench: Bench, parts: Backing, alone: subprocess.Popen[str], *, text: bool
) -> Figure:
    image.prepare()
    topics = parts.broker.topics(PARTITIONS)
    config = parts.broker.config(topics)
    rng = np.random.default_rng(int(time.time()))
    rounds = []
    with worker(parts, config, text=text) as program:
        # The first is for both to warm up, and counts for neither.
        for number in range(bench.size.rounds + 1):
            files = [picture(rng) for _ in range(bench.size.pictures)]
            folder = _prepared(bench.folder / f"round-{number}", files)
            ours, texts = await through(parts, config, files, program)
            reference, expected = await asyncio.to_thread(ask, alone, folder)
            if sorted(texts) != sorted(expected):
                raise RuntimeError("the worker and vLLM alone gave different answers")
            if number:
                rounds.append(Round(len(files) / ours, len(files) / reference))
                bench.done()
    return Figure(
        row="engine ceiling, text" if text else "engine ceiling",
        ours="events with new pictures through Kafka, decoding and vLLM to verdicts"
        + (", each searched for text" if text else ""),
        reference="LLM.generate with all pixels in memory, the same engine arguments",
        unit="/s",
        rounds=tuple(rounds),
        aim=AIM,
    )


def _prepared(folder: Path, files: list[bytes]) -> Path:
    """Pixels as the model sees them, ready to be loaded."""
    folder.mkdir()
    recipe = load_spec(MODEL).recipe
    for number, data in enumerate(files):
        np.save(folder / f"{number:05d}.npy", decode(data, recipe, DecodeLimits()).frames)
    return folder


@contextmanager
def offline() -> Iterator[subprocess.Popen[str]]:
    """The process of vLLM alone, ready."""
    process = subprocess.Popen(
        [*(sys.executable, "-m", "scripts.bench.offline"), MODEL, SMALL.model_dump_json()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=engine_environment(SMALL) | {"PYTHONPATH": str(Path.cwd())},
    )
    try:
        _answer(process)
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)


def ask(process: subprocess.Popen[str], folder: Path) -> tuple[float, list[str]]:
    """Seconds that vLLM alone took for a folder of pixels, and what the model reasoned."""
    assert process.stdin is not None
    process.stdin.write(f"{folder}\n")
    process.stdin.flush()
    answer = _answer(process)
    texts = [text.partition("<think>")[2].partition("</think>")[0] for text in answer["texts"]]
    return float(answer["seconds"]), texts


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line that is ours: vLLM writes to standard output, too."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise RuntimeError("vLLM alone ended; its words are above")
