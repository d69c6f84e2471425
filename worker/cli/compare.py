"""`ivy-worker compare`: a shadow's verdicts against the live ones."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile
from worker.cli.origins import origin_of
from worker.cli.when import moment
from worker.domain.clock import SystemClock
from worker.shadow.comparison import Comparison, compare
from worker.shadow.page import render_comparison
from worker.shadow.protocol import Origin, OriginUnusable
from worker.shadow.side import Side
from worker.shadow.tables import tables

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker compare media.verdicts media.verdicts.shadow --since 24h --html shadow.html

  ivy-worker compare live.jsonl shadow.jsonl --json | jq .label.agreement

  ivy-worker compare media.verdicts media.verdicts.shadow --since 2h --fail-under 0.98   (in CI)
"""


def compare_verdicts(
    live: Annotated[
        str,
        typer.Argument(
            metavar="LIVE",
            help="Verdicts that are acted upon: a topic (kafka:TOPIC, or its name), or a file of"
            " JSON lines.",
            show_default=False,
        ),
    ],
    shadow: Annotated[
        str,
        typer.Argument(metavar="SHADOW", help="The other model's, likewise.", show_default=False),
    ],
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help="Only uploads from then on: ISO 8601 (UTC), or 30m, 24h, 7d ago.",
        ),
    ] = None,
    limit: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, help="Events kept in memory a side; of more, a fair sample."
        ),
    ] = 100_000,
    examples: Annotated[
        int, typer.Option(metavar="N", min=0, max=1000, help="Disagreements that are shown.")
    ] = 10,
    as_json: Annotated[
        bool, typer.Option("--json", help="The report as JSON on standard output.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as an HTML page.")
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", min=0, max=1, help="Exit with 1 if fewer labels agree than this."
        ),
    ] = None,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Compare the verdicts of two deployments about the same uploads, event by event.

    Reads topics from where --since points up to their present end, in no consumer group. Neither
    side is the truth. The exit code is 1 if nothing could be compared, or by --fail-under.
    """
    if html is not None and (html.is_dir() or not html.resolve().parent.is_dir()):
        fail(f"--html: {html} is no file in a folder that is there", Exit.USAGE)
    try:
        origins = [origin_of(name, since, config, assignments) for name in (live, shadow)]
        sides = [_read(origin, limit, since) for origin in origins]
    except OriginUnusable as error:
        fail(str(error), Exit.USAGE)
    found = compare(sides[0], sides[1], examples=examples, now=SystemClock().now())
    _show(found, as_json=as_json, html=html)
    _end(found, fail_under)


def _read(origin: Origin, limit: int, since: datetime | None) -> Side:
    side = Side(origin.name, limit=limit, since=since)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task(f"Reading {origin.name}", total=None)
        side.take_all(
            origin.values(lambda done, total: progress.update(task, completed=done, total=total))
        )
        progress.update(task, total=1, completed=1)
    return side


def _show(found: Comparison, *, as_json: bool, html: Path | None) -> None:
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=2) + "\n")
    else:
        console = Console()
        for table in tables(found):
            console.print(table)
    if html is not None:
        try:
            html.write_text(render_comparison(found), encoding="utf-8")
        except OSError as error:
            fail(f"--html: {html} cannot be written: {error.strerror}", Exit.USAGE)
        Console(stderr=True).print(f"Wrote {html}", markup=False, highlight=False)


def _end(found: Comparison, fail_under: float | None) -> None:
    agreement = found.label.agreement
    if agreement is None:
        fail(
            f"nothing could be compared: {found.joined} events are on both sides,"
            f" {found.only_live} only live, {found.only_shadow} only in the shadow",
            Exit.FAILED,
        )
    if fail_under is not None and agreement < fail_under:
        fail(
            f"{agreement:.4%} of {found.compared} labels agree: less than {fail_under:.4%}",
            Exit.FAILED,
        )
