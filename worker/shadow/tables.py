"""A comparison on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from worker.shadow.compared import printable
from worker.shadow.comparison import Comparison, Group, SideFound
from worker.shadow.differences import ScoreDifferences
from worker.shadow.matrix import Matrix

BAR = 30
"""Characters of the longest bar of a histogram."""


def tables(found: Comparison) -> Iterator[RenderableType]:
    """One after the other."""
    yield _sides(found)
    yield _counts(found)
    for notice in found.notices:
        yield f"[yellow]{escape(printable(notice))}[/]"
    if not found.compared:
        return
    # Above the tables: a title is only as wide as its table.
    yield f"\n[bold]Labels: {agreement(found.label)}[/]"
    yield _matrix(found.label)
    yield f"\n[bold]Hints: {agreement(found.hint)}[/]"
    yield _matrix(found.hint)
    if found.flips:
        yield _flips(found)
    if found.score is not None:
        yield f"\n[bold]Scores, shadow minus live: {apart(found.score)}[/]"
        yield _histogram(found.score)
    if found.stages:
        yield _stages(found)
    for title, groups in (
        ("By kind of media", found.kinds),
        ("By tenant", found.tenants),
        ("By surface", found.surfaces),
    ):
        yield _groups(title, groups)
    if found.examples:
        yield _examples(found)


def figure(value: float | None, form: str = ".3f") -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None else format(value, form)


def agreement(matrix: Matrix) -> str:
    """A share, its interval, and kappa."""
    interval = f"{figure(matrix.agreement_from, '.2%')} to {figure(matrix.agreement_to, '.2%')}"
    return (
        f"{figure(matrix.agreement, '.2%')} agree (95 %: {interval}),"
        f" Cohen's kappa {figure(matrix.kappa)}"
    )


def apart(scores: ScoreDifferences) -> str:
    """How far two sides' scores lie apart, in a line."""
    return (
        f"mean {scores.mean:+.4f}; apart by {scores.mean_abs:.4f} on average, half of them by"
        f" {scores.p50_abs:.4f} at most, 95 % by {scores.p95_abs:.4f}, all by {scores.max_abs:.4f};"
        f" {scores.compared} events"
    )


def _table(title: str | None, *columns: str, names: int = 1) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < names else "right")
    return table


def _sides(found: Comparison) -> Table:
    table = _table("Read", "", "live", "shadow")
    rows: dict[str, Callable[[SideFound], str]] = {
        "from": lambda side: escape(printable(side.name)),
        "models": lambda side: "\n".join(escape(printable(model)) for model in side.models),
        "verdicts": lambda side: str(side.verdicts),
        "delivered again": lambda side: str(side.duplicates),
        "replaced by a later one": lambda side: str(side.replaced),
        "older than asked for": lambda side: str(side.before),
        "no verdicts": lambda side: str(side.unreadable + side.failed),
        "events": lambda side: str(side.events),
        "first event": lambda side: _time(side, first=True),
        "last event": lambda side: _time(side, first=False),
    }
    for name, value in rows.items():
        table.add_row(name, value(found.live), value(found.shadow))
    return table


def _time(side: SideFound, *, first: bool) -> str:
    at = side.first if first else side.last
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else "-"


def _counts(found: Comparison) -> Table:
    table = _table("Events", "", "count")
    for name, count in (
        ("on both sides", found.joined),
        ("  of them other bytes, not compared", found.other_content),
        ("  of them decided by a person, not compared", found.by_person),
        ("compared", found.compared),
        ("only live", found.only_live),
        ("  of them outside of the shadow's time", found.only_live_outside),
        ("only shadow", found.only_shadow),
        ("  of them outside of the live side's time", found.only_shadow_outside),
    ):
        table.add_row(name, str(count))
    return table


def _matrix(matrix: Matrix) -> Table:
    table = _table(None, "live \\ shadow", *matrix.counts)
    for live, row in matrix.counts.items():
        cells = (
            f"[green]{count}[/]" if live == shadow else f"[red]{count}[/]" if count else "0"
            for shadow, count in row.items()
        )
        table.add_row(live, *cells)
    return table


def _flips(found: Comparison) -> Table:
    table = _table("Flips", "live", "shadow", "events", "share", names=2)
    for flip in found.flips:
        table.add_row(flip.live, flip.shadow, str(flip.count), f"{flip.share:.2%}")
    return table


def _histogram(scores: ScoreDifferences) -> Table:
    table = _table(None, "from", "to", "events", "", names=0)
    table.columns[-1].justify = "left"
    most = max(scores.counts)
    for low, high, count in zip(scores.edges, scores.edges[1:], scores.counts, strict=False):
        if count:
            bar = "#" * max(1, round(BAR * count / most))
            table.add_row(f"{low:+.1f}", f"{high:+.1f}", str(count), bar)
    return table


def _stages(found: Comparison) -> Table:
    table = _table(
        "Milliseconds, where neither side had a cached answer",
        *("stage", "events", "live p50", "shadow p50", "live p95", "shadow p95"),
        *("difference p50", "p95"),
    )
    for stage in found.stages:
        table.add_row(
            stage.stage,
            str(stage.compared),
            *(f"{value:.1f}" for value in (stage.live_p50, stage.shadow_p50)),
            *(f"{value:.1f}" for value in (stage.live_p95, stage.shadow_p95)),
            *(f"{value:+.1f}" for value in (stage.p50, stage.p95)),
        )
    return table


def _groups(title: str, groups: Sequence[Group]) -> Table:
    table = _table(title, "", "events", "labels agree", "hints agree", "mean difference")
    for group in groups:
        table.add_row(
            escape(printable(group.name)),
            str(group.compared),
            f"{group.label_agreement:.2%}",
            f"{group.hint_agreement:.2%}",
            figure(group.mean_difference, "+.4f"),
        )
    return table


def _examples(found: Comparison) -> Table:
    table = Table(title="Largest disagreements", title_justify="left")
    for column in ("event", "live", "shadow", "difference"):
        table.add_column(column, justify="right" if column == "difference" else "left")
    for example in found.examples:
        said = (
            f"{one.label}, {one.hint}, {figure(one.score)}\n{escape(printable(one.explanation))}"
            for one in (example.live, example.shadow)
        )
        name = escape(printable(f"{example.event_id}\n{example.kind}, {example.tenant}"))
        table.add_row(name, *said, figure(example.difference, "+.3f"))
    return table
