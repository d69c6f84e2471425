"""The pictures of a data card."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from worker.datasets.card.content import CardContent, CountRow
from worker.datasets.facts import Facts
from worker.domain.media import MediaKind
from worker.labelled.items import Truth

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {Truth.REAL: "#0072B2", Truth.FAKE: "#D55E00"}
"""Blue and vermillion of Okabe and Ito's palette (2008), told apart by the colour-blind, too."""

BINS = 40
DPI = 110
WIDE = 100
"""Times the least, from where the greatest calls for a logarithmic axis."""

NAME = 28
"""Characters of a name beside a bar."""


def plots(content: CardContent) -> Iterator[tuple[str, str, bytes]]:
    """File name, what it shows, and PNG, of each picture that there is something for."""
    for name, title, rows in (
        ("generators", "Media of each generator or source", content.by_group),
        ("splits", "Media of each split", content.by_split),
        ("formats", "Container and codec", content.by_format),
    ):
        yield f"{name}.png", title, _png(_bars(title, rows))
    for kind in MediaKind:
        mine = [one for one in content.facts if one.kind is kind]
        if mine:
            title = f"Size of each {kind.value}, as shares of its label"
            yield f"{kind.value}-sizes.png", title, _png(_sizes(title, mine, kind))
    if content.explanation_words:
        title = "Words of each explanation"
        yield "explanations.png", title, _png(_words(title, content.explanation_words))


def _bars(title: str, rows: Sequence[CountRow]) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7, 1.1 + 0.28 * len(rows)), layout="constrained")
    axes = figure.subplots()
    names = [row.name if len(row.name) <= NAME else f"{row.name[: NAME - 1]}…" for row in rows]
    places = np.arange(len(rows))
    real = np.array([row.real for row in rows])
    axes.barh(places, real, color=COLOURS[Truth.REAL], label="real")
    fake = [row.fake for row in rows]
    axes.barh(places, fake, left=real, color=COLOURS[Truth.FAKE], label="fake")
    # "$" would begin a formula, and a name is a stranger's.
    axes.set_yticks(places, [name.replace("$", r"\$") for name in names])
    axes.invert_yaxis()
    axes.set(xlabel="media")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="x", alpha=0.25)
    # Beside the bars: there is no room that one of them could not need.
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    figure.suptitle(title, fontsize=10)
    return figure


def _sizes(title: str, facts: Sequence[Facts], kind: MediaKind) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3 if kind is MediaKind.IMAGE else 6), layout="constrained")
    wanted: list[tuple[str, Callable[[Facts], float | None], bool]] = [
        ("pixels", lambda one: (one.width or 0) * (one.height or 0), True),
        ("bytes", lambda one: one.bytes, True),
    ]
    if kind is MediaKind.VIDEO:
        wanted += [
            ("seconds", lambda one: one.duration_s, False),
            ("frames", lambda one: one.frames, False),
        ]
    rows = 1 if kind is MediaKind.IMAGE else 2
    for axes, (name, read, log) in zip(figure.subplots(rows, 2).flat, wanted, strict=True):
        _histogram(axes, facts, read, log=log)
        axes.set(xlabel=name, ylabel="share")
    figure.suptitle(title, fontsize=10)
    return figure


def _histogram(
    axes: Axes, facts: Sequence[Facts], read: Callable[[Facts], float | None], *, log: bool
) -> None:
    from matplotlib.ticker import NullFormatter

    values = {
        label: [v for one in facts if one.label is label and (v := read(one)) is not None]
        for label in Truth
    }
    both = [value for mine in values.values() for value in mine]
    if not both:
        return
    low, high = min(both), max(both)
    if log and high > WIDE * low > 0:
        edges = np.geomspace(low * 0.9, high * 1.1, BINS)
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        edges = np.linspace(low - 0.5, high + 0.5, BINS)
    for label, mine in values.items():
        if mine:
            weights = np.full(len(mine), 1 / len(mine))
            colour = COLOURS[label]
            axes.hist(mine, bins=list(edges), weights=weights, color=colour, alpha=0.35)
            axes.hist(
                mine,
                bins=list(edges),
                weights=weights,
                color=colour,
                histtype="step",
                linewidth=1.4,
                label=label.value,
            )
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8)


def _words(title: str, words: Sequence[int]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axes = figure.subplots()
    axes.hist(words, bins=BINS, color="0.4")
    axes.set(xlabel="words", ylabel="explanations")
    axes.grid(alpha=0.25)
    figure.suptitle(title, fontsize=10)
    return figure


def _png(figure: Figure) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    drawn = io.BytesIO()
    # Without the library's version, the same set gives the same file.
    figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    return drawn.getvalue()
