"""A run's result on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from worker.printable import shortened
from worker.stress.figures import LATENCIES, Figures, latencies_ms
from worker.stress.histogram import Histogram
from worker.stress.measures import WHOLE
from worker.stress.result import Result
from worker.stress.sparkline import sparkline

NAME_LENGTH = 40
"""Characters of a name that came from outside."""

NESTED = frozenset({"decode", "engine"})
"""Stages within ``answer``."""


def tables_of(result: Result) -> Iterator[Table | Text]:
    """Outcomes, latencies, stages, throughput, expectations."""
    yield _outcomes(result)
    if result.measures.all.count:
        yield _latencies(result)
    if result.measures.stages:
        yield _stages(result)
    yield _throughput(result)
    yield _expectations(result)


def _outcomes(result: Result) -> Table:
    table = Table(title=f"Run {result.wish.run.name}", title_justify="left", show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    table.add_column("")
    for name, count, meaning in _rows(result):
        table.add_row(name, count, meaning)
    return table


def _rows(result: Result) -> Iterator[tuple[str, str, str]]:
    figures, counts = result.figures, result.measures.counts
    rate = result.wish.schedule.rate
    achieved = figures["sent_per_s"]
    told = f"{achieved:.4g}/s of {rate:.4g}/s asked" if achieved is not None else ""
    yield "sent", _count(figures, "sent"), told
    yield "new contents", f"{counts.new_contents:,}", "the others repeat one of the run"
    yield "verdicts", _share(figures, "verdicts"), ""
    yield "  of them cached", _share(figures, "cached"), "by the workers' own word"
    yield "dead letters", _share(figures, "dead_letters"), ""
    for reason, count in counts.dead_letters.most_common():
        yield f"  {shortened(reason, NAME_LENGTH)}", f"{count:,}", ""
    yield "lost", _share(figures, "lost"), f"no outcome within {result.wish.timeout_s:g} s"
    optional = (
        ("refused", "the brokers did not take them"),
        ("retried", "were in a retry topic"),
        ("waiting", "in a retry topic at the end"),
        ("pending", "no outcome when the run was stopped"),
        ("repeated", "verdicts that came again with the same verdict_id"),
        ("contradicting", "verdicts that came again with another verdict_id"),
        ("wrong", "outcomes about nothing that was sent, or without what it carried"),
        ("both", "uploads with a verdict and a dead letter"),
    )
    for name, meaning in optional:
        if figures[name]:
            yield name, _share(figures, name), meaning
    lag = "not known" if figures["lag"] is None else f"{figures['lag']:,.0f}"
    highest = "" if figures["highest_lag"] is None else f"highest {figures['highest_lag']:,.0f}"
    yield "lag at the end", lag, highest


def _count(figures: Figures, name: str) -> str:
    return f"{figures[name] or 0:,.0f}"


def _share(figures: Figures, name: str) -> str:
    value, sent = figures[name] or 0, figures["sent"]
    return f"{value:,.0f}" + (f" ({value / sent:.1%})" if sent and value else "")


def _latencies(result: Result) -> Table:
    table = Table(title="Milliseconds from when an upload was due to its verdict, read here")
    table.title_justify = "left"
    table.add_column("")
    for name in ("verdicts", *LATENCIES):
        table.add_column(name, justify="right")
    measures = result.measures
    for name, histogram in (
        ("all", measures.all),
        ("cached", measures.cached),
        ("not cached", measures.uncached),
        ("outside of workers", measures.outside),
    ):
        table.add_row(name, f"{histogram.count:,}", *_times(histogram, LATENCIES))
    return table


def _stages(result: Result) -> Table:
    table = Table(title="Milliseconds in the worker, by its own word (timings_ms)")
    table.title_justify = "left"
    table.add_column("stage")
    for name in ("verdicts", "p50", "p99"):
        table.add_column(name, justify="right")
    stages = result.measures.stages
    for name in sorted(stages, key=lambda one: (one == WHOLE, -(stages[one].mean or 0.0))):
        shown = shortened(name, NAME_LENGTH) + (" (in answer)" if name in NESTED else "")
        table.add_row(shown, f"{stages[name].count:,}", *_times(stages[name], ("p50", "p99")))
    return table


def _times(histogram: Histogram, names: tuple[str, ...]) -> list[str]:
    found = latencies_ms(histogram)
    return ["" if (value := found[name]) is None else f"{value:,.4g}" for name in names]


def _throughput(result: Result) -> Text:
    sent, answered = result.seconds()
    highest = max((*sent, *answered), default=0)
    lines = [
        f"sent     {sparkline(sent, highest=highest)}",
        f"answered {sparkline(answered, highest=highest)}  (a full bar: {highest:,}/s)",
    ]
    return Text("\n".join(lines), no_wrap=True, overflow="crop")


def _expectations(result: Result) -> Table:
    table = Table(title="Expected", title_justify="left")
    table.add_column("")
    table.add_column("seen", justify="right")
    table.add_column("")
    for one in result.checked:
        mark = "[green]✓[/]" if one.holds else "[red]✗[/]"
        table.add_row(one.expectation.text, one.seen, mark)
    return table
