"""Letters on a terminal, or in a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.dead_letters.letter import Letter
from worker.dead_letters.preview import preview
from worker.dead_letters.shown import COLUMNS, headers, moment, row, story
from worker.dead_letters.summary import Summary

PAGE = 200
"""Rows printed at once: memory stays flat, and the first come soon."""

WIDTHS = {"letter": 10, "last failure": 20, "reason": 17, "tries": 5, "replays": 7}
"""Columns of known width, in characters; the others share what is left."""

NARROW = 110
"""Below so many characters these are left out, or the others would hold nothing readable."""
LEFT_OUT = frozenset({"tenant", "tries", "replays", "detail"})


def print_letters(console: Console, letters: Iterable[Letter]) -> int:
    """A table on a terminal; elsewhere a line for each with tabs between. How many there were."""
    count = 0
    for page in _pages(letters):
        if console.is_terminal:
            console.print(_table(page, console.width, header=count == 0))
        else:
            # Not by rich, which turns tabs into spaces.
            console.file.writelines("\t".join(row(letter)) + "\n" for letter in page)
        count += len(page)
    return count


def _pages(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    remaining = iter(letters)
    while page := list(islice(remaining, PAGE)):
        yield page


def _table(page: list[Letter], width: int, *, header: bool) -> Table:
    table = Table(box=None, expand=True, show_header=header, header_style="bold")
    shown = [name for name in COLUMNS if width >= NARROW or name not in LEFT_OUT]
    for name in shown:
        fixed = WIDTHS.get(name)
        ratio = None if fixed else 3 if name == "detail" else 1
        table.add_column(name, width=fixed, ratio=ratio, no_wrap=True, overflow="ellipsis")
    for letter in page:
        cells = dict(zip(COLUMNS, row(letter), strict=True))
        # Text, and not str: rich takes brackets in a str for its markup.
        table.add_row(*(Text(cells[name]) for name in shown))
    return table


def print_summary(console: Console, summary: Summary) -> None:
    """Counts by reason."""
    table = Table(box=None, header_style="bold")
    table.add_column("reason")
    table.add_column("letters", justify="right")
    table.add_column("replayed before", justify="right")
    table.add_column("first")
    table.add_column("last")
    for reason, group in summary.by_count():
        table.add_row(
            reason, str(group.count), str(group.replayed), moment(group.first), moment(group.last)
        )
    console.print(table)


def summary_as_json(summary: Summary) -> str:
    """The same as one JSON object on a line."""
    reasons: dict[str, Any] = {
        reason: {
            "letters": group.count,
            "replayed_before": group.replayed,
            "first": group.first and group.first.isoformat(),
            "last": group.last and group.last.isoformat(),
        }
        for reason, group in summary.by_count()
    }
    total = sum(group.count for group in summary.groups.values())
    return json.dumps({"letters": total, "reasons": reasons})


def print_letter(console: Console, letter: Letter, limit: int) -> None:
    """Everything about one letter; of its payload at most ``limit`` characters."""
    _print_pairs(console, story(letter))
    pairs = list(headers(letter))
    if pairs:
        console.print("\nheaders that it came with", style="bold")
        _print_pairs(console, pairs)
    value = letter.record.value
    if value:
        console.print("\npayload", style="bold")
        _print(console, Text(preview(value, limit)))


def _print_pairs(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    for name, text in pairs:
        _print(console, Text.assemble((f"{name}: ", "cyan"), text))


def _print(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)
