"""`ivy-worker data split`: parts that do not know each other's media."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from worker.cli.data_options import (
    FactsPath,
    LayoutName,
    ListFile,
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
from worker.datasets.duplicates import NEAR
from worker.datasets.extra import require
from worker.datasets.splitting import Splits, SplitWish, split
from worker.labelled.written import write_listing
from worker.printable import shortened

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker data split Ivy-Fake/ --to split.jsonl --hold-out-generators Sora,MoonValley

  ivy-worker data split media/ --to split.jsonl --shares train=0.7,val=0.1,test=0.2 --seed 7
"""


def split_set(
    path: SetPath,
    to: ListFile,
    shares: Annotated[
        str, typer.Option(metavar="SPLIT=SHARE,...", help="Of what is free to go anywhere.")
    ] = "train=0.8,val=0.1,test=0.1",
    hold_out_generators: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", help="Generators that are in test, and nowhere else."),
    ] = None,
    whole_generators: Annotated[
        bool, typer.Option("--whole-generators", help="Each generator in one split.")
    ] = False,
    near: Annotated[
        int, typer.Option(metavar="BITS", min=0, max=16, help="Apart at most, to look alike.")
    ] = NEAR,
    layout: LayoutName = None,
    media: MediaFolder = None,
    facts: FactsPath = None,
    seed: Seed = 0,
    config: ConfigFile = None,
    assignments: Assignments = None,
) -> None:
    """Write a list in which every media has a split: what looks alike is in one of them.

    Splits that the set came with are not kept. The same media and seed give the same list.
    """
    with told():
        require("imagehash", "scipy")
        wish = SplitWish(
            shares=_shares(shares),
            held_out=frozenset(_names(hold_out_generators)),
            whole_generators=whole_generators,
            near=near,
            seed=seed,
        )
        labelled = read_set(path, layout, media)
        found = split(labelled.items, look(labelled, facts, config, assignments), wish)
        write_listing(found.items, to)
    Console().print(_table(found))
    if found.drawn_along:
        say(f"{found.drawn_along} media of others look like a held-out one, and are in test, too")
    say(f"Wrote {to}")


def _shares(said: str) -> dict[str, float]:
    try:
        pairs = [part.split("=") for part in _names(said)]
        return {name.strip(): float(share) for name, share in pairs}
    except ValueError:
        fail(f"--shares: {said!r} is not as in train=0.8,test=0.2", Exit.USAGE)


def _names(said: str | None) -> list[str]:
    return [name.strip() for name in (said or "").split(",") if name.strip()]


def _table(found: Splits) -> Table:
    counts = Counter((item.label.value, item.group or "", item.split) for item in found.items)
    splits = sorted({item.split or "" for item in found.items})
    table = Table("label", "group", *splits, box=None)
    for label, group in sorted({key[:2] for key in counts}):
        numbers = (f"{counts[label, group, name]:,}" for name in splits)
        table.add_row(label, escape(shortened(group, 40)), *numbers)
    return table
