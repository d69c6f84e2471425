"""A report on a terminal: the summary and the generators."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from worker.evaluation.report.report import Report, Section
from worker.evaluation.report.words import change, estimate, number, summary_rows
from worker.printable import printable


def tables(report: Report) -> Iterator[RenderableType]:
    """One after the other."""
    for notice in report.notices:
        yield f"[yellow]{escape(printable(notice))}[/]"
    for section in report.sections:
        for notice in section.notices:
            yield f"[yellow]{escape(printable(notice))}[/]"
        yield _summary(section)
        yield _generators(section)
        if section.variations:
            yield _variations(section)


def _summary(section: Section) -> Table:
    found = section.overall
    table = Table(
        title=f"{section.form.value}: {found.reals} real and {found.fakes} fake media",
        title_justify="left",
    )
    table.add_column("metric")
    table.add_column("value (95 %)", justify="right")
    table.add_column("note")
    for row in summary_rows(found):
        table.add_row(*row)
    return table


def _generators(section: Section) -> Table:
    table = Table(title="By generator", title_justify="left")
    for column in ("source", "kind"):
        table.add_column(column)
    for column in ("media", "accuracy on real", "recall of fakes", "AUC"):
        table.add_column(column, justify="right")
    for one in section.generators:
        table.add_row(
            *(escape(printable(one.name)), one.kind.value, str(one.summary.items)),
            *(estimate(one.summary.recall_real), estimate(one.summary.recall_fake)),
            estimate(one.auc),
        )
    return table


def _variations(section: Section) -> Table:
    table = Table(title="After something was done to the media", title_justify="left")
    table.add_column("variant")
    for column in ("media", "accuracy", "difference", "AUC", "difference"):
        table.add_column(column, justify="right")
    for one in section.variations:
        accuracy, auc = one.differences.accuracy, one.differences.auc
        table.add_row(
            *(one.variant, str(one.pairs), number(accuracy.after), change(accuracy.difference)),
            *(number(auc.after), change(auc.difference)),
        )
    return table
