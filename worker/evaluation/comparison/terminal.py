"""A comparison on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from worker.evaluation.comparison.comparison import Comparison
from worker.evaluation.comparison.words import chance, interval, metrics
from worker.evaluation.report.words import number
from worker.printable import printable


def tables(found: Comparison) -> Iterator[RenderableType]:
    """One after the other."""
    for notice in found.notices:
        yield f"[yellow]{escape(printable(notice))}[/]"
    names = (escape(printable(side.name)) for side in (found.after, found.before))
    whole = Table(title=" against ".join(names), title_justify="left")
    whole.add_column("metric")
    for column in ("before", "after", "difference (95 %)"):
        whole.add_column(column, justify="right")
    for title, one in metrics(found.whole.differences):
        whole.add_row(title, number(one.before), number(one.after), interval(one))
    yield whole
    test = found.whole.mcnemar
    yield (
        f"McNemar: p {chance(test.p)}{' (exact)' if test.exact else ''}; of {found.compared} media"
        f" {test.only_before} are right before alone, {test.only_after} after alone"
    )
    parts = Table(title="By generator", title_justify="left")
    parts.add_column("source")
    for column in ("media", "accuracy (95 %)", "p"):
        parts.add_column(column, justify="right")
    for part in found.generators:
        parts.add_row(
            *(escape(printable(part.name)), str(part.media)),
            *(interval(part.differences.accuracy), chance(part.mcnemar.p)),
        )
    yield parts
    for gate in found.gates:
        colour, word = ("green", "passed") if gate.passed else ("red", "failed")
        yield f"[{colour}]{word}[/]: {escape(gate.because)}"
