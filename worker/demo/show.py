"""The demo from curtain to curtain."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table

from worker.demo.chance import better_than_chance
from worker.demo.embedded.broker import PARTITIONS
from worker.demo.passes import Pass, Runner
from worker.demo.samples import IMAGES, VIDEOS, Sample, find_samples, make_samples
from worker.demo.small import SMALL_ENGINE, SMALL_MODELS
from worker.demo.stage import Stage, open_stage
from worker.demo.traffic import OutcomeReader, Uploader
from worker.domain.verdict import VerdictEvent
from worker.models.spec import ModelSpec
from worker.report.live_table import LiveTable

USE_THE_REAL_ONE = (
    "For a real detector, on a machine with an NVIDIA GPU:"
    " [bold]pip install '.\\[gpu]'[/], then [bold]ivy-worker scan photos/[/] or"
    " [bold]ivy-worker run[/]. Their default model is AI-Safeguard/Ivy-Fake (its licence is"
    " effectively non-commercial)."
)


class NothingToShow(Exception):
    """The folder of media has no files."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked of the demo."""

    spec: ModelSpec
    model: str
    media: Path | None = None
    keep: bool = False


async def show(wish: Wish, console: Console) -> bool:
    """Run the demo. Raises ``Systemic`` and ``NothingToShow``.

    True if every upload got its verdict, the labels are better than chance where they are known,
    and the second pass came from the cache.
    """
    if wish.spec.notice:
        console.print(Panel(f"[yellow]{wish.spec.notice}[/]\n{USE_THE_REAL_ONE}", title="Note"))
    with tempfile.TemporaryDirectory(prefix="ivy-demo-") as name:
        folder = Path(name)
        media, samples = _samples(wish, folder, console)
        async with _opened(folder, media, wish, console) as stage:
            good = await _two_passes(stage, samples, console)
            if wish.keep:
                await _keep(stage, console)
    return good


def _samples(wish: Wish, folder: Path, console: Console) -> tuple[Path, list[Sample]]:
    if wish.media is not None:
        samples = find_samples(wish.media)
        if not samples:
            raise NothingToShow(f"there is no file in {wish.media}")
        return wish.media, samples
    media = folder / "media"
    media.mkdir()
    with Progress(console=console, transient=True) as progress:
        drawing = progress.add_task("Drawing sample media", total=IMAGES + VIDEOS)
        samples = make_samples(media, lambda: progress.advance(drawing))
    console.print(f"Drew {IMAGES} images and {VIDEOS} videos.")
    return media, samples


@asynccontextmanager
async def _opened(folder: Path, media: Path, wish: Wish, console: Console) -> AsyncIterator[Stage]:
    """The stage, with a line that says what is waited for."""
    settings = SMALL_ENGINE if wish.model in SMALL_MODELS else []
    async with AsyncExitStack() as stack:
        with console.status("Starting Kafka (embedded), Redis (embedded), a worker with vLLM ..."):
            stage = await stack.enter_async_context(
                open_stage(folder, media, model=wish.model, settings=settings)
            )
        console.print("Kafka, Redis and the worker are up; the model passed its self-test.")
        yield stage


async def _two_passes(stage: Stage, samples: Sequence[Sample], console: Console) -> bool:
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
        passes = []
        for named, title in (
            ("first", "Pass 1: new uploads"),
            ("second", "Pass 2: the same media under other names"),
        ):
            with LiveTable(console, title, len(samples)) as table:
                passes.append(await runner.run(samples, named=named, show=table.add))
    finally:
        await reader.close()
        await asyncio.to_thread(uploader.close)
    console.print(_summary(passes))
    return _verdict(passes, console)


def _summary(passes: Sequence[Pass]) -> Table:
    table = Table(title="Summary", title_justify="left")
    table.add_column("")
    for number in range(1, len(passes) + 1):
        table.add_column(f"pass {number}", justify="right")
    lines: dict[str, Callable[[Pass], str]] = {
        "uploads": lambda p: f"{len(p.samples)}",
        "verdicts": lambda p: f"{len(p.verdicts)}",
        "failures": lambda p: f"{len(p.failures)}",
        "from the cache": lambda p: f"{p.hits / max(1, len(p.verdicts)):.0%}",
        "with findings": lambda p: _count(p, lambda verdict: bool(verdict.findings)),
        "with a calibrated score": lambda p: _count(p, lambda one: one.calibration_id is not None),
        "with provenance": lambda p: _count(p, lambda verdict: bool(verdict.provenance.signals)),
        "with a timeline": lambda p: _count(p, lambda verdict: bool(verdict.timeline)),
        "events/s": lambda p: f"{len(p.rows) / p.seconds:.1f}",
        "p50 from produce to verdict": lambda p: f"{statistics.median(p.latencies_s):.2f} s",
        "p95": lambda p: f"{percentile(p.latencies_s, 0.95):.2f} s",
    }
    if any(sample.expected for sample in passes[0].samples.values()):
        lines["right labels"] = lambda p: f"{len(p.known) - len(p.wrong)} of {len(p.known)}"
    if any(sample.artifact for sample in passes[0].samples.values()):
        lines["artifact named"] = lambda p: f"{len(p.named)} of {len(p.with_artifact)}"
    for name, of in lines.items():
        table.add_row(name, *(of(one) for one in passes))
    return table


def _count(one: Pass, has: Callable[[VerdictEvent], bool]) -> str:
    return str(sum(has(verdict) for verdict in one.verdicts.values()))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all lie at or below (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _verdict(passes: Sequence[Pass], console: Console) -> bool:
    """Whether all went as it must, saying what did not."""
    faults = []
    for number, one in enumerate(passes, start=1):
        faults += [
            f"pass {number}: {row.name} has no verdict: {row.reason}" for row in one.failures
        ]
        right = len(one.known) - len(one.wrong)
        if one.known and not better_than_chance(right, len(one.known)):
            faults.append(
                f"pass {number}: {right} of {len(one.known)} labels are right: as by chance"
            )
    if passes[1].hits != len(passes[1].verdicts):
        faults.append("pass 2: not every verdict came from the cache")
    for fault in faults:
        console.print(f"✗ {fault}", style="red", markup=False, highlight=False)
    if not faults:
        console.print("[green]✓[/] Every upload got its verdict; pass 2 came from the cache.")
    return not faults


async def _keep(stage: Stage, console: Console) -> None:
    topics = stage.kafka.topics
    console.print(
        Panel(
            f"Kafka: {stage.kafka.bootstrap_servers[0]} (api_version {stage.kafka.api_version})\n"
            f"Topics: {topics.uploads} -> {topics.verdicts}, {topics.dead_letters}\n"
            f"Redis: {stage.redis_url}\nThe worker's log: {stage.log}\n"
            "All of it goes on until you press Ctrl-C.",
            title="Kept up",
        ),
        highlight=False,
    )
    while True:
        stage.check_worker()
        await asyncio.sleep(1)
