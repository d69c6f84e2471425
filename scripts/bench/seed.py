"""The whole worker against the snippet of the model card, at equal text."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np

from scripts.bench.backing import MODEL, PARTITIONS, Backing, backing
from scripts.bench.figure import Figure, Round
from scripts.bench.row import Bench
from scripts.bench.run_worker import picture, through, worker
from scripts.bench.snippet import Snippet
from worker.models.spec import load_spec

SINGLY, BATCH = 1, 8
AIMS = {SINGLY: 20.0, BATCH: 5.0}
SHARE = 4
"""The snippet is given this part of the pictures: it takes long."""


def seed_singly(bench: Bench) -> Figure:
    """One by one, as the card shows it."""
    return _measured(bench, SINGLY)


def seed_batched(bench: Bench) -> Figure:
    """Eight at once, as a user would come to."""
    return _measured(bench, BATCH)


def _measured(bench: Bench, batch: int) -> Figure:
    with backing(bench.folder) as parts:
        rounds = asyncio.run(_rounds(bench, parts, batch))
    return Figure(
        row="seed, one by one" if batch == SINGLY else f"seed, {batch} at once",
        ours="events with new pictures through Kafka, decoding and vLLM to verdicts",
        reference="transformers' generate as on the model card",
        unit="/s",
        rounds=rounds,
        aim=AIMS[batch],
    )


async def _rounds(bench: Bench, parts: Backing, batch: int) -> tuple[Round, ...]:
    config = parts.broker.config(parts.broker.topics(PARTITIONS))
    rng = np.random.default_rng(int(time.time()))
    snippet = await asyncio.to_thread(Snippet, load_spec(MODEL))
    rounds = []
    with worker(parts, config, text=False) as program:
        # The first is for both to warm up, and counts for neither.
        for number in range(bench.size.rounds + 1):
            data = [picture(rng) for _ in range(bench.size.pictures)]
            ours, texts = await through(parts, config, data, program)
            files = _written(bench.folder / f"round-{number}", data)
            few = files[: max(batch, len(files) // SHARE)]
            took, said = await asyncio.to_thread(_timed, snippet, few, batch)
            _compare(texts, said)
            if number:
                rounds.append(Round(len(data) / ours, len(few) / took))
                bench.done()
    return tuple(rounds)


def _timed(snippet: Snippet, files: list[Path], batch: int) -> tuple[float, list[str]]:
    begun = time.perf_counter()
    said = snippet.answers(files, batch)
    return time.perf_counter() - begun, said


def _compare(ours: list[str], said: list[str]) -> None:
    """Raises ``RuntimeError`` if the snippet said what no verdict holds: speed is then nothing."""
    theirs = {text.partition("<think>")[2].partition("</think>")[0] for text in said}
    if not theirs <= set(ours):
        raise RuntimeError("the snippet and the worker gave different answers")


def _written(folder: Path, data: list[bytes]) -> list[Path]:
    folder.mkdir()
    files = []
    for number, one in enumerate(data):
        file = folder / f"{number:05d}.jpg"
        file.write_bytes(one)
        files.append(file)
    return files
