"""Mutated media through the real decode process: none may end it, or keep it."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.corpus import CRASH, FOLDER
from tests.fuzz.mutations import mutated
from tests.fuzz.sample_media import sample_media
from worker.decode.config import DecodeConfig
from worker.decode.pool import DecodePool
from worker.domain.failure import Poison, Reason, Transient
from worker.domain.media import Content
from worker.domain.windows import Windows
from worker.models.spec import load_spec
from worker.process.shared_memory import map_pixels

KEPT = FOLDER / "media"

PROCESSES = 2

TIMEOUT_S = 10.0
"""For one file: the samples take milliseconds, and a busy machine must not make a hang of them."""

REFUSALS = frozenset({Reason.MEDIA_UNSUPPORTED, Reason.MEDIA_UNDECODABLE, Reason.MEDIA_OVER_BUDGET})

LARGEST_KEPT = 16 * 1024
"""Bytes of a file that is kept where it broke something."""

RECIPE = load_spec("tiny").recipe

WINDOWS = Windows(longer_than_s=0.0, length_s=0.5)
"""Every clip is cut, too: that reads all its times."""

SLOW_S = 2.0
"""From there on a file is counted as slow."""


@dataclass(slots=True)
class Report:
    """What came of all files."""

    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """Files that killed a process, hung it, or made it lie: what happened, and where they are."""
    slow: int = 0
    slowest_s: float = 0.0

    @property
    def files(self) -> int:
        """All that were sent."""
        return self.outcomes.total()

    @property
    def clean(self) -> bool:
        """Whether every file ended in pixels or in a refusal."""
        return not self.faults and self.files > 0

    def told(self) -> str:
        """As lines."""
        rate = self.files / self.seconds if self.seconds else 0.0
        return "\n".join(
            [
                f"{self.files:,} files in {self.seconds:.0f} s ({rate:.0f} a second)",
                *(f"  {name}: {count:,}" for name, count in self.outcomes.most_common()),
                f"  slowest {self.slowest_s:.2f} s; over {SLOW_S:g} s: {self.slow}",
                f"  deaths, hangs and lies: {len(self.faults)}",
                *self.faults,
            ]
        )


async def run(*, seconds: float | None = None, files: int | None = None, seed: int = 0) -> Report:
    """Send files until either bound is reached. ``seed`` 0 is another one each time."""
    seed = seed or time.time_ns() % 2**32
    return await send(_endless(seed), seconds=seconds, files=files)


def _endless(seed: int) -> Iterator[bytes]:
    rng = random.Random(seed)
    sources: Sequence[bytes] = [*sample_media().values()]
    while True:
        yield mutated(sources, rng)


async def send(
    media: Iterator[bytes], *, seconds: float | None = None, files: int | None = None
) -> Report:
    """Decode each, ``PROCESSES`` at a time."""
    report = Report()
    pool = DecodePool(
        DecodeConfig(processes=PROCESSES, min_processes=PROCESSES, timeout_s=TIMEOUT_S, text=False)
    )
    await pool.start()
    begun = time.monotonic()

    def more() -> Iterator[bytes]:
        for number, data in enumerate(media):
            late = seconds is not None and time.monotonic() - begun >= seconds
            if late or (files is not None and number >= files):
                return
            yield data

    queue = more()

    async def work() -> None:
        for data in queue:
            await _one(pool, data, report)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(PROCESSES):
                group.create_task(work())
    finally:
        report.seconds = time.monotonic() - begun
        await pool.close()
    return report


async def _one(pool: DecodePool, data: bytes, report: Report) -> None:
    content = Content.of(data)
    begun = time.monotonic()
    try:
        outcome = await _decoded(pool, content)
    except Poison as refusal:
        outcome = refusal.reason.value
        if refusal.reason not in REFUSALS or not refusal.detail.isprintable():
            report.faults.append(_kept(data, f"{refusal}"))
    except Transient as failure:
        outcome = failure.reason.value
        report.faults.append(_kept(data, f"{failure}"))
    spent = time.monotonic() - begun
    report.outcomes[outcome] += 1
    report.slow += spent > SLOW_S
    report.slowest_s = max(report.slowest_s, spent)


async def _decoded(pool: DecodePool, content: Content) -> str:
    with await pool.decode(content, RECIPE) as media:
        assert map_pixels(media.fd, media.shape).shape == media.shape
        kind = media.facts.kind.value
        moving = media.facts.mime.startswith("video/")
    if moving:
        await pool.plan(content, RECIPE, WINDOWS)
    return kind


def _kept(data: bytes, said: str) -> str:
    """Where the file is now, for whoever mends it."""
    name = f"{CRASH}{hashlib.sha256(data).hexdigest()[:12]}"
    folder = KEPT if len(data) <= LARGEST_KEPT else Path("/tmp")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return f"{said}: {folder / name}"
