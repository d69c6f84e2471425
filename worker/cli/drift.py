"""`ivy-worker drift`: what scores are expected to look like."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile, settings_at_a_terminal
from worker.cli.when import moment
from worker.domain.clock import SystemClock
from worker.domain.media import MediaKind
from worker.drift.baseline import Baseline, BaselineInvalid, make_baseline, save_baseline
from worker.shadow.compared import NotAVerdict, read_compared
from worker.shadow.lines import Lines
from worker.shadow.protocol import Origin, OriginUnusable
from worker.shadow.topic import Topic

app = typer.Typer(no_args_is_help=True, help="Whether scores drift away from what they were.")

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker drift baseline drift.json --since 7d --config worker.yaml

  ivy-worker drift baseline drift.json --from verdicts.jsonl

then policy.drift.baseline: drift.json, and an alert on ivy_verdict_drift.
"""


@app.command("baseline", epilog=EXAMPLES)
def baseline(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write it.", show_default=False)
    ],
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help="Only verdicts from then on: ISO 8601 (UTC), or 30m, 24h, 7d ago.",
        ),
    ] = None,
    lines: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="A file of verdicts as JSON lines, in place of the topic kafka.topics.verdicts.",
        ),
    ] = None,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Write down what the scores of now look like, to measure later ones against.

    Reads verdicts that the model was asked for, of a time when all was well: 200 of a kind at
    least, some thousands are better. To be made anew after a change of the model, of its prompt or
    of its calibration.
    """
    if file.is_dir() or not file.resolve().parent.is_dir():
        fail(f"{file} is no file in a folder that is there", Exit.USAGE)
    settings = settings_at_a_terminal(config, assignments)
    kafka = settings.kafka
    origin: Origin = Lines(lines) if lines else Topic(kafka, kafka.topics.verdicts, since)
    try:
        made = make_baseline(_fresh(origin, since), source=origin.name, now=SystemClock().now())
    except (OriginUnusable, BaselineInvalid) as error:
        fail(str(error), Exit.FAILED)
    try:
        save_baseline(made, file)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}", Exit.FAILED)
    _show(made, file)


def _fresh(origin: Origin, since: datetime | None) -> Iterator[tuple[MediaKind, float, str]]:
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task(f"Reading {origin.name}", total=None)
        for value in origin.values(
            lambda done, total: progress.update(task, completed=done, total=total)
        ):
            try:
                found = read_compared(value)
            except NotAVerdict:
                continue
            late_enough = since is None or found.at >= since.timestamp()
            if late_enough and found.score is not None and not (found.cached or found.by_person):
                yield found.kind, found.score, found.model


def _show(made: Baseline, file: Path) -> None:
    for kind, bins in made.kinds.items():
        typer.echo(f"{kind.value}: {sum(bins.counts)} scores in {len(bins.counts)} bins")
    for kind in set(MediaKind) - made.kinds.keys():
        typer.echo(f"{kind.value}: too few scores, its drift will not be measured")
    if len(made.models) > 1:
        typer.echo(f"of several models: {', '.join(made.models)}")
    typer.echo(f"wrote {file}")
