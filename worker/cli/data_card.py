"""`ivy-worker data card`: a set for people to read about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
from worker.cli.options import Assignments, ConfigFile
from worker.datasets.card.card import write_card
from worker.datasets.card.content import content_of
from worker.datasets.check import check
from worker.datasets.extra import require

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker data card Ivy-Fake/ --to card/ --facts facts.jsonl   (card/index.html, card/README.md)

  ivy-worker data card reviewed.jsonl --to card/ --own-uploads
"""


def card(
    path: SetPath,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where to write it.")],
    layout: LayoutName = None,
    media: MediaFolder = None,
    facts: FactsPath = None,
    own_uploads: Annotated[
        bool,
        typer.Option("--own-uploads", help="These are your users' uploads, and no published set."),
    ] = False,
    seed: Seed = 0,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Write a data card: counts, sizes and formats by label, what is wrong, notes on licences."""
    with told():
        require("imagehash", "matplotlib", "sklearn", "scipy")
        labelled = read_set(path, layout, media)
        found = look(labelled, facts, config, assignments)
        report = check(labelled, found, seed=seed)
        written = write_card(content_of(labelled, found, report, own_uploads=own_uploads), to)
        say(f"Wrote {to / 'index.html'} and {len(written) - 1} other files")
