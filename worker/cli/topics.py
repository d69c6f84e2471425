"""`ivy-worker topics`: the topics that a worker needs, to look at and to make."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from worker.cli.dlq_options import interruptible, kafka_of, note
from worker.cli.exits import Exit
from worker.cli.options import Assignments, ConfigFile
from worker.printable import printable
from worker.stream.kafka.admin import open_admin
from worker.stream.kafka.provisioning import (
    TopicState,
    Wishes,
    look_at_topics,
    make_topics,
)

app = typer.Typer(
    help="Look at the worker's topics, and make those that are missing.", no_args_is_help=True
)

LIST_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker topics list --config worker.yaml

  ivy-worker topics list --json | jq -r 'select(.missing) | .topic'
"""
PROVISION_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker topics provision --config worker.yaml --partitions 24 --replication-factor 3 --dry-run

  ivy-worker topics provision --config worker.yaml --partitions 24 --replication-factor 3
"""

COLUMNS = ("topic", "setting", "state", "partitions", "replicas", "retention", "differs")

Partitions = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Of every topic but the dead letters', which get 1; the brokers' default if not said.",
    ),
]
ReplicationFactor = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Of every topic; the brokers' default if not said."),
]
RetentionMs = Annotated[
    int | None,
    typer.Option(
        metavar="MS", min=-1, help="Of every topic; else 7 days, and 30 for the dead letters."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command("list", epilog=LIST_EXAMPLES)
def list_topics(
    as_json: AsJson = False, config: ConfigFile = None, assignments: Assignments = None
) -> None:
    """Show each topic of the settings: whether it is there, and where it differs from ours.

    Changes nothing. The exit code is 1 if a topic is missing.
    """
    kafka = kafka_of(config, assignments)
    with interruptible(), closing(open_admin(kafka)) as admin:
        states = look_at_topics(admin, kafka, Wishes())
    _show(states, "missing", as_json=as_json)
    if any(state.missing for state in states):
        raise typer.Exit(Exit.FAILED)


@app.command("provision", epilog=PROVISION_EXAMPLES)
def provision(
    partitions: Partitions = None,
    replication_factor: ReplicationFactor = None,
    retention_ms: RetentionMs = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Have the brokers say whether they would; make none.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Make the topics of the settings that are missing. Changes and deletes nothing that exists.

    Where a topic that exists differs, that is said, and the exit code stays 0: run it as often as
    you like. It is 1 if a topic cannot be made.
    """
    kafka = kafka_of(config, assignments)
    wishes = Wishes(partitions, replication_factor, retention_ms)
    with interruptible(), closing(open_admin(kafka)) as admin:
        states = look_at_topics(admin, kafka, wishes)
        made = make_topics(admin, kafka, states, dry_run=dry_run)
    _show(states, "would be made" if dry_run else "made", as_json=as_json)
    for state in states:
        for difference in state.differences:
            note(f"{state.wanted.name} differs: {difference}")
    note(f"{len(made)} topics {'would be made' if dry_run else 'made'}, {len(states)} in all")


def _show(states: Sequence[TopicState], absent: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.writelines(f"{json.dumps(_object(state, absent))}\n" for state in states)
        return
    console = Console()
    rows = [[printable(cell) for cell in _row(state, absent)] for state in states]
    if not console.is_terminal:
        # Not by rich, which turns tabs into spaces.
        console.file.writelines("\t".join(row) + "\n" for row in rows)
        return
    table = Table(box=None, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table, markup=False)


def _object(state: TopicState, absent: str) -> dict[str, object]:
    wanted, found = state.wanted, state.found
    return {
        "topic": wanted.name,
        "setting": f"kafka.topics.{wanted.role}",
        "state": absent if found is None else "there",
        "missing": state.missing,
        "partitions": found.partitions if found else wanted.partitions,
        "replication_factor": found.replication_factor if found else wanted.replication_factor,
        "settings": found.settings if found else wanted.settings,
        "differences": list(state.differences),
    }


def _row(state: TopicState, absent: str) -> list[str]:
    shown = _object(state, absent)
    counts = [
        "default" if shown[name] == -1 else str(shown[name])
        for name in ("partitions", "replication_factor")
    ]
    settings = state.found.settings if state.found else state.wanted.settings
    return [
        state.wanted.name,
        str(shown["setting"]),
        str(shown["state"]),
        *counts,
        settings.get("retention.ms", "?"),
        "; ".join(state.differences),
    ]
