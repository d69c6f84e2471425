"""The figures for people."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from rich.table import Table

from scripts.bench.figure import Figure, written


def table(figures: Sequence[Figure]) -> Table:
    """One line a row: medians of both sides, and the value with its least and most."""
    made = Table(
        title="ours / reference, or ours - reference where the value has a unit;"
        " medians of interleaved rounds",
        title_justify="left",
    )
    for title in ("row", "ours", "reference", "value", "least", "most", "aim", ""):
        made.add_column(title, justify="left" if title in {"row", ""} else "right")
    for one in figures:
        sides = (
            f"{written(statistics.median(values))} {one.unit}"
            for values in (
                [each.ours for each in one.rounds],
                [each.reference for each in one.rounds],
            )
        )
        made.add_row(
            one.row,
            *sides,
            one.shown(one.value),
            one.shown(min(one.values)),
            one.shown(max(one.values)),
            one.aimed,
            "✓" if one.holds else "✗",
        )
    return made
