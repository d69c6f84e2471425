"""`ivy-worker data check`: what is wrong with a labelled set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from worker.calibration.atomic import write_whole
from worker.cli.data_options import (
    FactsPath,
    LayoutName,
    MediaFolder,
    Seed,
    SetPath,
    look,
    read_set,
    say,
    told,
)
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile
from worker.datasets.check import CheckReport, Fault, check
from worker.datasets.duplicates import NEAR
from worker.datasets.extra import require
from worker.datasets.leaks import LEAK_FROM
from worker.datasets.tables import tables

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker data check Ivy-Fake/ --facts facts.jsonl --to check.json

  ivy-worker data check reviewed.jsonl --fail-on contradictions,leaks   (in CI)

  ivy-worker data check media/ --json | jq '.leaks[] | select(.leaks) | .property'
"""


def check_set(
    path: SetPath,
    layout: LayoutName = None,
    media: MediaFolder = None,
    facts: FactsPath = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report there, as JSON.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The report as JSON on standard output.")
    ] = False,
    near: Annotated[
        int, typer.Option(metavar="BITS", min=0, max=16, help="Apart at most, to look alike.")
    ] = NEAR,
    leak_from: Annotated[
        float, typer.Option(metavar="AUC", min=0.5, max=1, help="From where a property leaks.")
    ] = LEAK_FROM,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT,...", help=f"Exit with 1 if there is any of: {', '.join(Fault)}."
        ),
    ] = None,
    seed: Seed = 0,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Look at every media: unreadable ones, duplicates, contradictions, and leaks of the label.

    A leak is a property of the file (its size, container, codec, duration) that tells the label by
    itself. Media are decoded in the worker's own sandboxed processes.
    """
    with told():
        require("imagehash", "sklearn", "scipy")
        wanted = _faults(fail_on)
        labelled = read_set(path, layout, media)
        found = look(labelled, facts, config, assignments)
        report = check(labelled, found, near=near, leak_limit=leak_from, seed=seed)
        if to is not None:
            write_whole(to, report.model_dump_json(indent=2).encode())
            say(f"Wrote {to}")
    _show(report, as_json=as_json)
    broken = [f"{report.faults[fault]} {fault}" for fault in wanted if report.faults[fault]]
    if broken:
        fail(f"--fail-on: {', '.join(broken)}", Exit.FAILED)


def _faults(said: str | None) -> list[Fault]:
    names = [name.strip() for name in (said or "").split(",") if name.strip()]
    unknown = sorted(set(names) - set(Fault))
    if unknown:
        fail(f"--fail-on: {unknown[0]!r} is none of {', '.join(Fault)}", Exit.USAGE)
    return [Fault(name) for name in names]


def _show(report: CheckReport, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
        return
    console = Console()
    for table in tables(report):
        console.print(table)
        console.print()
