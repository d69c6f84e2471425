"""`ivy-worker data filter`: the part of a set that is of use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.data_options import (
    FactsPath,
    LayoutName,
    ListFile,
    MediaFolder,
    SetPath,
    look,
    read_set,
    say,
    told,
)
from worker.cli.options import Assignments, ConfigFile
from worker.datasets.extra import require
from worker.datasets.filters import Bounds, filtered
from worker.datasets.token_count import counter
from worker.labelled.written import write_listing

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker data filter Ivy-Fake/ --to filtered.jsonl --facts facts.jsonl

  ivy-worker data filter Ivy-Fake/ --to explained.jsonl --only-explained --tokenizer Qwen2.5-VL-3B/
"""

PAPER = Bounds()


def filter_set(
    path: SetPath,
    to: ListFile,
    layout: LayoutName = None,
    media: MediaFolder = None,
    facts: FactsPath = None,
    only_explained: Annotated[
        bool, typer.Option("--only-explained", help="Leave out media without an explanation.")
    ] = False,
    tokenizer: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="tokenizer.json, or its folder; else words and signs are counted."
        ),
    ] = None,
    min_tokens: Annotated[int, typer.Option(min=0, help="Of an explanation.")] = PAPER.tokens[0],
    max_tokens: Annotated[int, typer.Option(min=1, help="Of an explanation.")] = PAPER.tokens[1],
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Write a list of the media within the bounds of Ivy-Fake's paper.

    Images of 3,136 to 12,845,056 pixels, frames of 100,352 to 602,112; explanations of 60 to 800
    tokens, and of these the central 90 %.
    """
    with told():
        require("imagehash")
        tokens = counter(tokenizer)
        labelled = read_set(path, layout, media)
        found = filtered(
            labelled.items,
            look(labelled, facts, config, assignments),
            Bounds(tokens=(min_tokens, max_tokens)),
            tokens,
            only_explained=only_explained,
        )
        for why, count in sorted(found.out.items()):
            say(f"{count:,} {why.value.replace('_', ' ')}")
        if found.tokens is not None and found.tokens[0] > found.tokens[1]:
            say(f"no explanation has {min_tokens} to {max_tokens} tokens")
        elif found.tokens is not None:
            say(f"explanations of {found.tokens[0]} to {found.tokens[1]} tokens were kept")
        write_listing(found.items, to)
        say(f"Wrote {to}: {len(found.items):,} of {len(labelled.items):,} media")
