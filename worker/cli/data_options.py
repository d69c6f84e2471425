"""Options and steps that several `ivy-worker data` commands share."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from worker.app.looking_rooms import open_looking_rooms
from worker.cli.exits import Exit, fail
from worker.cli.options import settings_at_a_terminal
from worker.datasets.exporting import ExportImpossible
from worker.datasets.extra import ExtraMissing
from worker.datasets.facts import Facts, FactsFile, FactsInvalid, by_item, place_of
from worker.datasets.looking import look_at, still_so
from worker.datasets.splitting import SplitImpossible
from worker.datasets.token_count import TokenizerUnusable
from worker.datasets.volumes import ArchiveUnusable
from worker.labelled.items import LabelledSet, LabelledSetInvalid
from worker.labelled.layouts.registry import NAMES
from worker.labelled.reader import read_labelled
from worker.printable import printable
from worker.settings.settings import Settings

SetPath = Annotated[
    str,
    typer.Argument(
        metavar="SET",
        help="A labelled set: a folder, a .jsonl or .csv, or hf://ORG/NAME.",
        show_default=False,
    ),
]
LayoutName = Annotated[
    str | None,
    typer.Option(
        "--layout",
        metavar="NAME",
        help=f"How it is laid out, if not as guessed: {', '.join(NAMES)}.",
    ),
]
MediaFolder = Annotated[
    Path | None,
    typer.Option("--media", metavar="DIR", help="Ivy-Fake's media, if not beside its annotations."),
]
FactsPath = Annotated[
    Path | None,
    typer.Option(
        "--facts",
        metavar="FILE",
        help="What was found of each media, as JSON Lines: what it has is not looked at again.",
    ),
]
ListFile = Annotated[
    Path,
    typer.Option(
        "--to",
        metavar="FILE",
        help="The list to write: .jsonl, of paths and labels.",
        dir_okay=False,
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of all that is drawn.")]

UNUSABLE = (
    *(ExtraMissing, LabelledSetInvalid, FactsInvalid, ArchiveUnusable),
    *(SplitImpossible, TokenizerUnusable, ExportImpossible),
)


@contextmanager
def told() -> Iterator[None]:
    """End the command with a sentence where what was named cannot be used, and at Ctrl-C."""
    try:
        yield
    except UNUSABLE as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror}", Exit.FAILED)
    except KeyboardInterrupt:
        fail("Interrupted.", Exit.INTERRUPTED)


def read_set(path: str, layout: str | None, media: Path | None) -> LabelledSet:
    """The set, and a line about what was set aside. Raises ``LabelledSetInvalid``."""
    with Console(stderr=True).status(f"Reading {escape(printable(path))} ..."):
        labelled = read_labelled(path, layout=layout, media=media)
    say(f"{len(labelled.items):,} media, read as {labelled.layout}")
    for one in labelled.aside:
        say(f"{one.count:,} {one.doubt.value.replace('_', ' ')}, such as {one.names[0]}")
    return labelled


def look(
    labelled: LabelledSet,
    file: Path | None,
    config: Path | None,
    assignments: Sequence[str] | None,
) -> list[Facts]:
    """What is so of each media, in their order; a broken run goes on from ``file``."""
    settings = settings_at_a_terminal(config, assignments)
    return asyncio.run(_look(settings, labelled, file))


async def _look(settings: Settings, labelled: LabelledSet, file: Path | None) -> list[Facts]:
    kept = FactsFile(file) if file is not None else None
    known = kept.known() if kept is not None else {}
    by_place = {place_of(item): item for item in labelled.items}
    facts = {place: known[place] for place, item in by_place.items() if still_so(item, known)}
    unseen = tuple(item for place, item in by_place.items() if place not in facts)
    if not unseen:
        return by_item(facts, labelled.items)
    with kept or nullcontext(), progress() as shown:
        task = shown.add_task("Looking", total=len(by_place), completed=len(facts))

        def found(one: Facts) -> None:
            facts[one.path] = one
            if kept is not None:
                kept.add(one)
            shown.advance(task)

        async with open_looking_rooms(settings) as rooms:
            await look_at(unseen, rooms, found)
    return by_item(facts, labelled.items)


def progress() -> Progress:
    """A bar on standard error."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def say(line: str) -> None:
    """A line on standard error, printable whatever is in it."""
    sys.stderr.write(f"{printable(line)}\n")
