"""A report on a set, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from worker.datasets.check import CheckReport, GroupsFound
from worker.printable import shortened

NAME = 100
"""Characters of a file's name that are shown."""

SHOWN = 5
"""Examples of a kind."""


def tables(report: CheckReport) -> Iterator[Table]:
    """All that is worth a look. Names are strangers' words, and shown printable."""
    yield _summary(report)
    if report.leaks or report.untested:
        yield _leaks(report)
    examples = _examples(report)
    if examples.row_count:
        yield examples


def _summary(report: CheckReport) -> Table:
    table = Table("", "count", box=None, title=f"{_said(report.set)} ({report.layout})")
    table.columns[1].justify = "right"
    rows: list[tuple[str, int]] = [
        ("media", report.files),
        ("real", report.real),
        ("fake", report.fake),
        ("with an explanation", report.explained),
        ("unreadable", report.unreadable),
        ("groups of the same bytes", report.duplicates.groups),
        ("of these with both labels", report.contradictions.groups),
        (f"groups alike (up to {report.near_bits} bits)", report.near_duplicates.groups),
        ("of these with both labels", report.near_contradictions.groups),
        ("of these in several splits", report.across_splits.groups),
    ]
    rows.append(("properties that leak the label", sum(leak.leaks for leak in report.leaks)))
    rows += [(one.doubt.value.replace("_", " "), one.count) for one in report.aside]
    for name, count in rows:
        table.add_row(name, f"{count:,}")
    return table


def _leaks(report: CheckReport) -> Table:
    table = Table(
        *("kind", "property", "AUC", "95 %", "real", "fake", ""),
        box=None,
        title="How well one property alone tells the labels (0.5 is chance)",
    )
    table.columns[3].no_wrap = True
    for leak in report.leaks:
        table.add_row(
            leak.kind.value,
            leak.property,
            f"{leak.auc:.3f}",
            f"{leak.low:.3f} to {leak.high:.3f}",
            _said(leak.real),
            _said(leak.fake),
            "[red]leaks[/]" if leak.leaks else "",
        )
    for one in report.untested:
        table.add_row(
            one.kind.value, "", "", "", f"{one.real} real", f"{one.fake} fake", "too few to test"
        )
    return table


def _examples(report: CheckReport) -> Table:
    table = Table("what", "example", box=None, show_header=False)
    for one in report.unreadable_first[:SHOWN]:
        table.add_row("unreadable", _said(f"{one.name}: {one.problem}"))
    _add_groups(table, "both labels", report.contradictions)
    _add_groups(table, "alike, both labels", report.near_contradictions)
    _add_groups(table, "alike, several splits", report.across_splits)
    for aside in report.aside:
        for name in aside.names[:SHOWN]:
            table.add_row(aside.doubt.value.replace("_", " "), _said(name))
    return table


def _add_groups(table: Table, what: str, found: GroupsFound) -> None:
    for group in found.first[:SHOWN]:
        table.add_row(what, " = ".join(_said(name) for name in group.names[:2]))


def _said(text: str) -> str:
    from rich.markup import escape

    return escape(shortened(text, NAME))
