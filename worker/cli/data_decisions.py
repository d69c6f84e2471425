"""`ivy-worker data decisions`: a platform's own reviewed uploads as a labelled set."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from worker.cli.data_options import ListFile, say, told
from worker.cli.exits import Exit, fail
from worker.cli.options import Assignments, ConfigFile
from worker.cli.origins import origin_of
from worker.cli.when import moment
from worker.datasets.decisions.join import Joined, join
from worker.datasets.decisions.listing import find_media, write_reviewed
from worker.shadow.protocol import Origin, OriginUnusable

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker data decisions media.verdicts reviews.jsonl --media store/ --to reviewed.jsonl

  ivy-worker data decisions kafka:media.verdicts kafka:media.reviews --since 30d --media store/ \\
    --hash-media --to reviewed.jsonl

A decision is one JSON object:

  {"verdict_id": "...", "decision": "fake", "decided_by": "ann", "decided_at": "2026-05-06T07:08Z"}
"""

BIASED = (
    "Only reviewed uploads are here: people saw what was flagged or reported, and not what was"
    " passed. Figures on this set are not those of your traffic. Each line keeps its score and"
    " hint, to weigh by. Have a random part of all uploads reviewed, too."
)


def decisions(
    verdicts: Annotated[
        str,
        typer.Argument(
            metavar="VERDICTS",
            help="A topic (kafka:TOPIC, or its name), or a file of JSON lines.",
            show_default=False,
        ),
    ],
    reviews: Annotated[
        str,
        typer.Argument(
            metavar="DECISIONS",
            help="Likewise: verdict_id or sha256, decision, decided_by, decided_at.",
            show_default=False,
        ),
    ],
    media: Annotated[
        Path,
        typer.Option(metavar="DIR", help="The uploads; their names begin with their SHA-256."),
    ],
    to: ListFile,
    hash_media: Annotated[
        bool, typer.Option("--hash-media", help="Compute the SHA-256 of each: names say nothing.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help="Of topics, from then on: ISO 8601, or 30d ago.",
        ),
    ] = None,
    reviewer_salt: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            envvar="IVY_REVIEWER_SALT",
            help="A secret: the same one gives a reviewer the same hash again.",
        ),
    ] = None,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Join verdicts with what people decided about them, into a labelled list with its lineage.

    The label is that of most reviewers; a draw has none. Each line says which verdicts, models and
    thresholds led to it, and who decided when, as a keyed hash.
    """
    if not media.is_dir():
        fail(f"--media: there is no folder {media}", Exit.USAGE)
    with told():
        try:
            origins = [origin_of(one, since, config, assignments) for one in (verdicts, reviews)]
            joined = join(*(_values(origin) for origin in origins))
        except OriginUnusable as error:
            fail(str(error), Exit.USAGE)
        _report(joined)
        if not joined.reviewed:
            fail("no decision has a label for a media: nothing is written", Exit.FAILED)
        found = find_media(media, hashing=hash_media)
        salt = reviewer_salt or secrets.token_hex()
        written, missing = write_reviewed(joined.reviewed, found, to, salt)
    if missing:
        say(f"{missing} reviewed uploads are not in {media}, and not in the list")
    say(f"Wrote {to}: {written} reviewed uploads")
    say(BIASED)


def _values(origin: Origin) -> Iterator[bytes | None]:
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as shown:
        task = shown.add_task(f"Reading {origin.name}", total=None)
        yield from origin.values(
            lambda done, total: shown.update(task, completed=done, total=total)
        )
        shown.update(task, total=1, completed=1)


def _report(joined: Joined) -> None:
    for count, what in (
        (joined.no_verdicts, "lines or records of the verdicts are none"),
        (joined.by_people, "verdicts repeat a person's word, and have no score of a model"),
        (joined.no_decisions, f"decisions cannot be read, such as {joined.no_decision[:1]}"),
        (joined.unmatched, "decisions are about a verdict that is not there"),
        (len(joined.disputed), "uploads are disputed: as many say real as fake"),
    ):
        if count:
            say(f"{count} {what}")
    table = Table("last hint", "uploads", "reviewed", "share", box=None)
    for hint, (reviewed, count) in sorted(joined.shares.items()):
        table.add_row(hint.value, f"{count:,}", f"{reviewed:,}", f"{reviewed / count:.1%}")
    Console().print(table)
