"""A table that grows at the bottom of the terminal, with a progress bar under it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from worker.domain.verdict import Label
from worker.report.row import FAILED, Row

COLOURS = {
    Label.AUTHENTIC.value: "green",
    Label.AI_GENERATED.value: "red",
    Label.UNCERTAIN.value: "yellow",
    FAILED: "bold magenta",
}

SHOWN = 12
"""Rows on a terminal: with head and bar they fit the 24 lines that a terminal has at least."""


SHOWN_CHARS = 500
"""Of a reason, which is cut at its column's width in any case: no terminal is wider."""


def table_of(rows: list[Row], title: str | None = None) -> Table:
    """Rows as a table."""
    table = Table(title=title, title_justify="left", expand=True)
    table.add_column("media", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("verdict", width=12)
    table.add_column("score", justify="right", width=5)
    table.add_column("reason", ratio=4, no_wrap=True, overflow="ellipsis")
    table.add_column("latency", justify="right", width=8)
    table.add_column("cache", width=5)
    for row in rows:
        table.add_row(
            # Text, and not str: rich takes brackets in a str for its markup.
            Text(row.name),
            Text(row.verdict, style=COLOURS[row.verdict]),
            "" if row.score is None else f"{row.score:.3f}"[:5],
            Text(row.reason[:SHOWN_CHARS]),
            "" if row.latency_s is None else f"{row.latency_s:.2f} s",
            "" if row.failed else "hit" if row.cached else "miss",
        )
    return table


class LiveTable:
    """Shows the latest rows as they come. Where no terminal is, it writes one line a row."""

    def __init__(self, console: Console, title: str, total: int) -> None:
        self._console = console
        self._title = title
        self.rows: list[Row] = []
        self._progress = Progress(
            TextColumn("[progress.description]{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            expand=True,
        )
        self._task = self._progress.add_task(title, total=total)
        self._live = Live(console=console, get_renderable=self._render, refresh_per_second=8)

    def _render(self) -> Group:
        return Group(table_of(self.rows[-SHOWN:]), self._progress)

    def add(self, row: Row) -> None:
        """Show a row."""
        self.rows.append(row)
        self._progress.advance(self._task)
        if not self._console.is_terminal:
            cache = "" if row.failed else "hit" if row.cached else "miss"
            score = "" if row.score is None else f"{row.score:.3f}"
            self._console.print(
                f"[{len(self.rows)}] {row.name}: {row.verdict} {score} {cache} {row.reason}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        else:
            self._console.print(self._title)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()
