"""What the worker's own process costs, and the bytes it leaves: a whole worker, all parts real."""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from worker.demo.embedded.broker import PARTITIONS
from worker.demo.passes import Pass, Runner
from worker.demo.samples import Sample
from worker.demo.stage import Stage, open_stage
from worker.demo.traffic import OutcomeReader, Uploader
from worker.domain.failure import Reason, Systemic
from worker.sizing.costs import Bytes, Plumbing
from worker.sizing.measuring.cpu import cpu_seconds
from worker.sizing.measuring.media import Subject

IDLE_S = 2.0
"""For which an idle worker is watched: what it costs then is no upload's."""

LEAST_CPU_S = 0.5
"""Of known uploads: fifty ticks."""

AT_ONCE = 60
"""Known uploads in one pass, about: enough that polls and commits are shared as under load."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What a whole worker was seen to take."""

    plumbing: Plumbing
    bytes: Bytes


async def measure_whole(
    subjects: Sequence[Subject],
    *,
    model: str,
    settings: list[str],
    seconds: float,
    done: Callable[[], None],
) -> Whole:
    """Upload all, then again what is known, for ``seconds`` at most. Raises ``Systemic``.

    ``settings`` are ``--set`` assignments for the worker, ``model`` its spec.
    """
    with tempfile.TemporaryDirectory(prefix="ivy-bench-") as name:
        folder = Path(name)
        media = folder / "media"
        media.mkdir()
        samples = [_copied(media, number, one) for number, one in enumerate(subjects)]
        async with open_stage(folder, media, model=model, settings=settings) as stage:
            return await _passes(stage, samples, seconds, done)


def _copied(media: Path, number: int, subject: Subject) -> Sample:
    """A copy: the media store follows no link out of its folder."""
    path = media / f"{number:03d}{subject.path.suffix}"
    shutil.copyfile(subject.path, path)
    return Sample(path)


async def _passes(
    stage: Stage, samples: list[Sample], seconds: float, done: Callable[[], None]
) -> Whole:
    client = stage.kafka.client()
    uploader = Uploader(client, stage.kafka.topics.uploads)
    reader = OutcomeReader(
        client,
        verdicts=stage.kafka.topics.verdicts,
        dead_letters=stage.kafka.topics.dead_letters,
        partitions=PARTITIONS,
    )
    runner = Runner(stage, uploader)
    reader.start(runner.came)
    try:
        pid = stage.worker.process.pid
        begun, before = time.monotonic(), cpu_seconds(pid)
        await asyncio.sleep(IDLE_S)
        idle = (cpu_seconds(pid) - before) / (time.monotonic() - begun)
        first, new_s = await _pass(runner, samples, "new", pid, idle)
        done()
        if not first.verdicts:
            reasons = sorted({row.reason or "unknown" for row in first.failures})
            raise Systemic(
                Reason.INTERNAL,
                f"a whole worker gave no verdict about any of the media: {', '.join(reasons)}",
            )
        again = [one for one in samples if _judged(first, one)]
        again = again * max(1, AT_ONCE // len(again))
        known_s, count, deadline = 0.0, 0, time.monotonic() + seconds
        while not count or (known_s < LEAST_CPU_S and time.monotonic() < deadline):
            _, took = await _pass(runner, again, f"again{count}", pid, idle)
            known_s, count = known_s + took, count + len(again)
        done()
        answer = await _answer_bytes(stage, len(first.verdicts))
    finally:
        await reader.close()
        await asyncio.to_thread(uploader.close)
    return Whole(
        Plumbing(
            new_cpu_s=max(new_s, 0.005) / len(first.samples),
            cached_cpu_s=max(known_s, 0.005) / count,
            events=len(first.samples) + count,
        ),
        Bytes(
            cached_answer=answer,
            cached_answer_by="redis",
            upload_event=statistics.fmean(_event_bytes(stage, one) for one in samples),
            verdict_event=statistics.fmean(
                len(one.model_dump_json()) for one in first.verdicts.values()
            ),
        ),
    )


async def _pass(
    runner: Runner, samples: list[Sample], name: str, pid: int, idle: float
) -> tuple[Pass, float]:
    """The pass, and the processor time that it took beyond being idle."""
    begun, before = time.monotonic(), cpu_seconds(pid)
    done = await runner.run(samples, named=name, show=lambda _: None)
    return done, cpu_seconds(pid) - before - idle * (time.monotonic() - begun)


def _judged(first: Pass, sample: Sample) -> bool:
    return any(first.samples[event_id] is sample for event_id in first.verdicts)


def _event_bytes(stage: Stage, sample: Sample) -> int:
    """As the demo's uploader writes it, its key too."""
    event = {
        "event_id": "new-00000000-0000-0000-0000-000000000000",
        "content_id": f"new/{sample.path.name}",
        "media": {"url": stage.server.url(sample.path), "size": sample.path.stat().st_size},
        "tenant": "demo",
        "surface": "post",
    }
    return len(json.dumps(event)) + len(str(event["content_id"]))


async def _answer_bytes(stage: Stage, answers: int) -> float:
    """Memory of all keys over the answers, by the server's own word (MEMORY USAGE)."""
    async with Redis.from_url(stage.redis_url) as redis:
        sizes = [
            int(await redis.memory_usage(key, samples=0) or 0)
            async for key in redis.scan_iter(count=1000)
        ]
    return sum(sizes) / answers
