"""`ivy-worker bench`: what an item costs on this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.demo.extra import ExtraMissing, require_extra
from worker.settings.settings import Settings
from worker.sizing.costs import Costs, EngineCost, save_costs
from worker.units import as_bytes

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker bench --save costs.json --config worker.yaml   (on the GPU that you plan with)

  ivy-worker bench --save costs.json --media uploads-of-last-week/

  ivy-worker bench --save costs.json --quick --set model.spec=tiny   (no GPU; shows how it works)
"""

QUICK_S = 20.0
USUAL_S = 180.0
"""Seconds of engine measurements: on a GPU with 9 points for each of two kinds, ten of each."""


def bench(
    save: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the costs go, for `ivy-worker plan`.")
    ],
    media: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", exists=True, file_okay=False, help="Your own files, not drawn ones."
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(min=1, max=86_400, help="Of engine measurements, about.", show_default="180"),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="In 20 seconds: to try it, not to plan with.")
    ] = False,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Measure what images and videos cost here: the engine, decoding, the worker itself, Redis.

    Starts the real decoder and engine of the settings, then a whole worker on an embedded Kafka and
    Redis. The fetch is left out, for it depends on where the media are.
    """
    if quick and seconds is not None:
        fail("--quick and --seconds exclude each other", Exit.USAGE)
    if save.is_dir() or not save.resolve().parent.is_dir():
        fail(f"--save: {save} is no file in a folder that is there", Exit.USAGE)
    try:
        require_extra("measuring", "the Dockerfile's target `bench` (docs/sizing.md)")
    except ExtraMissing as error:
        fail(str(error), Exit.USAGE)
    from worker.sizing.measuring.bench import Watcher, Wish, measure
    from worker.sizing.measuring.media import NoMedia

    settings = _settings(config, assignments)
    shown = _Shown()
    wish = Wish(settings, QUICK_S if quick else seconds or USUAL_S, media)
    try:
        with shown:
            costs = asyncio.run(measure(wish, Watcher(shown.step, shown.done)))
        save_costs(costs, save)
    except NoMedia as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"--save: {save} cannot be written: {error.strerror}", Exit.FAILED)
    console = Console()
    console.print(_engine_table(costs))
    console.print(_other_table(costs))
    console.print(f"Wrote {save}", markup=False, highlight=False, soft_wrap=True)


def _settings(config: Path | None, assignments: list[str] | None) -> Settings:
    """The small engine's for the tiny checkpoint, which a person's own go before."""
    settings = settings_at_a_terminal(config, assignments)
    from worker.demo.small import SMALL_ENGINE, SMALL_MODELS

    if settings.model.spec not in SMALL_MODELS:
        return settings

    return settings_at_a_terminal(config, [*SMALL_ENGINE, *(assignments or ())])


class _Shown:
    """A bar for each step."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task: Any = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def step(self, name: str, parts: int) -> None:
        """Another step begins."""
        self._task = self._bar.add_task(name, total=parts)
        if not self._console.is_terminal:
            self._console.print(f"{name} ...", markup=False)

    def done(self) -> None:
        """One part of it."""
        self._bar.advance(self._task)


def _engine_table(costs: Costs) -> Table:
    machine = costs.machine
    table = Table(
        title=f"{costs.versions.model}, {costs.versions.engine}, on {machine.gpu or machine.cpu}",
        title_justify="left",
    )
    table.add_column("engine")
    for name in ("at once", "answers/s", "tokens/s", "mean s", "p99 s", "answers counted"):
        table.add_column(name, justify="right")
    for name, cost in (("image", costs.engine.image), ("video", costs.engine.video)):
        for row in _point_rows(cost):
            table.add_row(name, *row)
    return table


def _point_rows(cost: EngineCost | None) -> list[tuple[str, ...]]:
    return [
        (
            str(point.concurrency),
            f"{point.items_per_s:.3g}",
            f"{point.output_tokens_per_s:.3g}",
            f"{point.mean_s:.3g}",
            f"{point.p99_s:.3g}",
            str(point.items),
        )
        for point in (cost.points if cost else ())
    ]


def _other_table(costs: Costs) -> Table:
    table = Table(title="The rest", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for one in costs.decode:
        length = f" {one.duration_s:.0f} s" if one.duration_s else ""
        name = f"decode {one.format} {one.megapixels:.2g} megapixels{length}"
        table.add_row(name, f"{one.cpu_s * 1000:.3g} ms of a core")
    table.add_row("a new upload, the worker itself", f"{costs.plumbing.new_cpu_s * 1000:.3g} ms")
    table.add_row("a known one", f"{costs.plumbing.cached_cpu_s * 1000:.3g} ms")
    table.add_row("a kept answer in Redis", as_bytes(costs.bytes.cached_answer))
    table.add_row("an upload event", as_bytes(costs.bytes.upload_event))
    table.add_row("a verdict event", as_bytes(costs.bytes.verdict_event))
    return table
