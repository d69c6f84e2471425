"""`ivy-worker dlq`: the dead letters, to look at and to bring back."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from worker.cli import dlq_replay
from worker.cli.dlq_options import (
    SETTING,
    ErrorClass,
    EventId,
    Limit,
    OffsetNumber,
    PartitionNumber,
    Reasons,
    Since,
    Tenant,
    Until,
    filter_of,
    interruptible,
    kafka_of,
    note,
)
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile
from worker.dead_letters.filters import LetterFilter
from worker.dead_letters.letter import Letter
from worker.dead_letters.listing import (
    print_letter,
    print_letters,
    print_summary,
    summary_as_json,
)
from worker.dead_letters.selection import Selection, damage_text
from worker.dead_letters.shown import as_json_line
from worker.dead_letters.summary import Summary
from worker.stream.kafka.topic_reader import TopicReader

app = typer.Typer(
    help="Look at the dead letters, and replay those that can succeed now.", no_args_is_help=True
)
app.command("replay", epilog=dlq_replay.EXAMPLES)(dlq_replay.replay)

LS_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker dlq ls --summary

  ivy-worker dlq ls --since 2h --reason fetch_failed --reason fetch_timeout

  ivy-worker dlq ls --tenant acme --json | jq -r .event_id
"""
SHOW_EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker dlq show 3@1207

  ivy-worker dlq show 3@1207 --raw event.json

  ivy-worker dlq show --event-id e-1
"""

COORDINATE = re.compile(r"([0-9]{1,9})@([0-9]{1,18})")

SHOWN_AT_MOST = 10
"""Letters that filters bring to ``show``, unless --limit says more: each fills a screen."""

PREVIEW = 4_000
"""Characters shown of a payload: an event without media is shorter."""


@app.command("ls", epilog=LS_EXAMPLES)
def ls(
    reason: Reasons = None,
    tenant: Tenant = None,
    event_id: EventId = None,
    error_class: ErrorClass = None,
    since: Since = None,
    until: Until = None,
    partition: PartitionNumber = None,
    offset: OffsetNumber = None,
    limit: Limit = None,
    summary: Annotated[bool, typer.Option("--summary", help="Count them by reason.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """List dead letters: a table on a terminal, elsewhere a line for each with tabs between.

    Partition by partition, oldest first. Joins no group and changes nothing.
    """
    wanted = filter_of(reason, tenant, event_id, error_class, (since, until), (partition, offset))
    kafka = kafka_of(config, assignments)
    with interruptible(), TopicReader(kafka, kafka.topics.dead_letters, SETTING) as reader:
        selection = Selection(reader, wanted, lambda record: note(damage_text(record)))
        if summary:
            _summarize(selection, limit, as_json=as_json)
        elif as_json:
            for letter in selection.letters(limit):
                sys.stdout.write(as_json_line(letter) + "\n")
        else:
            print_letters(Console(), selection.letters(limit))
    if selection.foreign:
        note(f"{selection.foreign} records of {reader.topic} are no dead letters of a worker")
    if selection.damaged:
        raise typer.Exit(Exit.FAILED)


def _summarize(selection: Selection, limit: int | None, *, as_json: bool) -> None:
    counts = Summary()
    with Console(stderr=True).status("Reading ..."):
        for letter in selection.letters(limit):
            counts.add(letter)
    if as_json:
        sys.stdout.write(summary_as_json(counts) + "\n")
    else:
        print_summary(Console(), counts)


@app.command("show", epilog=SHOW_EXAMPLES)
def show(
    coordinate: Annotated[
        str | None,
        typer.Argument(
            metavar="PARTITION@OFFSET",
            help="A letter, as ls names it; or say by the filters which ones.",
            show_default=False,
        ),
    ] = None,
    reason: Reasons = None,
    tenant: Tenant = None,
    event_id: EventId = None,
    error_class: ErrorClass = None,
    since: Since = None,
    until: Until = None,
    partition: PartitionNumber = None,
    offset: OffsetNumber = None,
    limit: Limit = None,
    preview: Annotated[
        int, typer.Option(metavar="N", min=0, max=1_000_000, help="Characters of the payload.")
    ] = PREVIEW,
    raw: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the payload's bytes there.")
    ] = None,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Show everything about a letter: its story, its headers, its payload.

    What a stranger wrote is shown with its control characters written out; --raw is byte for byte.
    """
    place = (partition, offset) if coordinate is None else _place(coordinate)
    wanted = filter_of(reason, tenant, event_id, error_class, (since, until), place)
    if wanted == LetterFilter():
        fail("show needs a letter, such as 3@1207, or a filter such as --event-id", Exit.USAGE)
    if raw is not None and wanted.offset is None:
        fail("--raw needs one letter, such as 3@1207", Exit.USAGE)
    kafka = kafka_of(config, assignments)
    console = Console()
    count = 0
    with interruptible(), TopicReader(kafka, kafka.topics.dead_letters, SETTING) as reader:
        selection = Selection(reader, wanted, lambda record: note(damage_text(record)))
        for letter in selection.letters(limit or SHOWN_AT_MOST):
            if count:
                console.rule()
            print_letter(console, letter, preview)
            if raw is not None:
                _write(raw, letter)
            count += 1
    if not count:
        where = coordinate or "as described"
        fail(f"there is no letter {where} in {kafka.topics.dead_letters} ({SETTING})", Exit.FAILED)


def _place(coordinate: str) -> tuple[int, int]:
    found = COORDINATE.fullmatch(coordinate)
    if found is None:
        fail(f"{coordinate!r} is no letter: name it by PARTITION@OFFSET, as in 3@1207", Exit.USAGE)
    return int(found[1]), int(found[2])


def _write(path: Path, letter: Letter) -> None:
    if letter.payload_dropped:
        fail("--raw: the letter has no payload; its origin is where it may be", Exit.FAILED)
    try:
        path.write_bytes(letter.record.value or b"")
    except OSError as error:
        fail(f"--raw: {path} cannot be written: {error.strerror}", Exit.FAILED)
