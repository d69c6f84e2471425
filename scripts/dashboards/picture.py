"""A dashboard as a picture: the same grid, panels, units and thresholds, drawn by matplotlib.

It is not Grafana. It shows whether the queries find something and whether the whole can be read.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image

from scripts.dashboards.board import COLUMNS
from scripts.dashboards.shown import Shown, Window

CELL_W, CELL_H = 0.62, 0.30
"""Inches of one cell of the grid."""

PAPER, CARD, INK, FAINT = "#111217", "#181b1f", "#ccccdc", "#8e8e9c"
COLORS = {"green": "#73bf69", "yellow": "#f2cc0c", "red": "#f2495c", "text": INK}
PALETTE = (
    *("#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#37872d", "#8ab8ff"),
    *("#ffb357", "#ff7383", "#ca95e5", "#96d98d"),
)
Box = tuple[float, float, float, float]
"""Left, bottom, width, height, in shares of the figure."""

DAY_S = 86400
INKS = 200
"""Colours of the picture: enough for lines and letters, and half of the bytes."""

MOST_NAMES = 6
"""Of a legend; the others are counted."""


def draw(file: Path, shown: list[Shown], window: Window, into: Path) -> None:
    """Draw a dashboard's JSON with the figures found for its panels."""
    board = json.loads(file.read_text(encoding="utf-8"))
    rows = [panel for panel in board["panels"] if panel["type"] == "row"]
    deep = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in board["panels"]) + 1.6
    with mpl.rc_context({"font.size": 7, "text.color": INK, "axes.edgecolor": "#34373d"}):
        figure = Figure(figsize=(COLUMNS * CELL_W, deep * CELL_H), facecolor=PAPER, dpi=80)
        head = 1 - 1.0 / deep
        figure.text(0.006, head, board["title"], fontsize=13, weight="bold", va="center")
        figure.text(0.994, head, board["description"], color=FAINT, ha="right", va="center")
        for row in rows:
            middle = 1 - (row["gridPos"]["y"] + 1.6 + 0.5) / deep
            figure.text(0.006, middle, f"⌄ {row['title']}", fontsize=9, va="center")
        for one in shown:
            axes = _card(figure, one, deep)
            if axes is not None:
                axes.set_xlim(window.start / DAY_S, window.end / DAY_S)
        drawn = io.BytesIO()
        figure.savefig(drawn, facecolor=PAPER)
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(INKS).save(into, optimize=True)


def _card(figure: Figure, one: Shown, deep: float) -> Axes | None:
    place = one.json["gridPos"]
    x, w = place["x"] / COLUMNS, place["w"] / COLUMNS
    y, h = 1 - (place["y"] + 1.6 + place["h"]) / deep, place["h"] / deep
    card = figure.add_axes((x + 0.002, y + 0.08 / deep, w - 0.004, h - 0.16 / deep))
    card.set_facecolor(CARD)
    card.set_xticks([])
    card.set_yticks([])
    figure.text(x + 0.007, y + h - 0.75 / deep, one.title, fontsize=8, weight="bold", va="center")
    drawers: dict[str, Callable[[Figure, Shown, Box], Axes | None]] = {
        "stat": _number,
        "timeseries": _lines,
        "state-timeline": _states,
        "table": _table,
    }
    return drawers[one.json["type"]](figure, one, (x, y, w, h))


def _number(figure: Figure, one: Shown, box: Box) -> None:
    x, y, w, h = box
    defaults = one.json["fieldConfig"]["defaults"]
    figures = [series.line.figures[-1] for series in one.series]
    text = str(defaults.get("noValue", "No data"))
    color = FAINT
    if figures and not math.isnan(figures[0]):
        shown = round(figures[0], defaults["decimals"]) if "decimals" in defaults else figures[0]
        text, color = _value(shown, defaults), _color(figures[0], defaults)
    size = 17 if len(text) < 9 else 11
    figure.text(x + w / 2, y + h * 0.4, text, fontsize=size, color=color, ha="center", va="center")


def _lines(figure: Figure, one: Shown, box: Box) -> Axes:
    axes = _axes(figure, box)
    defaults = one.json["fieldConfig"]["defaults"]
    if not one.series:
        axes.text(0.5, 0.5, "No data", color=FAINT, ha="center", transform=axes.transAxes)
    stacked = defaults["custom"].get("stacking", {}).get("mode") == "normal"
    times = _grid({time for series in one.series for time in series.line.times})
    floor = [0.0] * len(times)
    for number, series in enumerate(one.series):
        color = PALETTE[number % len(PALETTE)]
        points = {
            round(time, 3): figure
            for time, figure in zip(series.line.times, series.line.figures, strict=True)
        }
        tops = [points.get(round(time, 3), math.nan) for time in times]  # a gap is a gap
        below = [0.0] * len(times)
        if stacked:
            below = floor
            floor = [
                under + (0.0 if math.isnan(top) else top)
                for under, top in zip(floor, tops, strict=True)
            ]
            tops = floor
        axes.plot(_dates(times), tops, color=color, linewidth=1, label=series.name)
        axes.fill_between(
            _dates(times), below, tops, color=color, alpha=0.45 if stacked else 0.08, linewidth=0
        )
    _limits(axes, defaults)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _plain(value, defaults["unit"])))
    _legend(axes, len(one.series))
    return axes


def _limits(axes: Axes, defaults: dict[str, Any]) -> None:
    if "min" in defaults:
        axes.set_ylim(bottom=defaults["min"])
    if "max" in defaults:
        axes.set_ylim(top=defaults["max"] * 1.02)
    top = axes.get_ylim()[1]
    for step in defaults.get("thresholds", {}).get("steps", [])[1:]:
        if step["value"] <= top * 3:
            axes.axhline(step["value"], color=COLORS[step["color"]], linewidth=0.8, linestyle="--")


def _states(figure: Figure, one: Shown, box: Box) -> Axes:
    axes = _axes(figure, box, left=min(0.35, 0.012 * max([len(s.name) for s in one.series] + [1])))
    defaults = one.json["fieldConfig"]["defaults"]
    for number, series in enumerate(one.series):
        times = _dates(series.line.times)
        for at, value in enumerate(series.line.figures):
            until = times[min(at + 1, len(times) - 1)]
            axes.fill_betweenx(
                [number - 0.4, number + 0.4],
                times[at],
                until,
                color=_color(value, defaults),
                linewidth=0,
            )
    axes.set_yticks(range(len(one.series)), [series.name for series in one.series])
    axes.grid(visible=False)
    if not one.series:
        axes.text(0.5, 0.5, "No data", color=FAINT, ha="center", transform=axes.transAxes)
    return axes


def _table(figure: Figure, one: Shown, box: Box) -> None:
    x, y, w, h = box
    heads = sorted({name for series in one.series for name in series.line.labels} - {"__name__"})
    if not heads:
        figure.text(x + w / 2, y + h / 2, "No data", color=FAINT, ha="center")
        return
    for column, name in enumerate(heads):
        left = x + 0.008 + column * (w - 0.01) / len(heads)
        figure.text(left, y + h * 0.64, name, color=FAINT, va="center")
        for line, series in enumerate(one.series[:3]):
            text = series.line.labels.get(name, "")
            figure.text(left, y + h * (0.44 - 0.18 * line), text[:34], va="center")


def _axes(figure: Figure, box: Box, left: float = 0.1) -> Axes:
    x, y, w, h = box
    axes = figure.add_axes((x + w * left, y + h * 0.24, w * (0.97 - left), h * 0.58))
    axes.set_facecolor(CARD)
    axes.tick_params(colors=FAINT, length=0, labelsize=6)
    axes.grid(color="#25282d", linewidth=0.6)
    axes.xaxis_date(tz=UTC)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda day, _: datetime.fromtimestamp(day * DAY_S, UTC).strftime("%H:%M:%S"))
    )
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes


def _legend(axes: Axes, series: int) -> None:
    handles, names = axes.get_legend_handles_labels()
    if not any(names):
        return
    axes.legend(
        handles[:MOST_NAMES],
        [name[:30] for name in names[:MOST_NAMES]],
        loc="upper left",
        bbox_to_anchor=(-0.08, -0.16),
        ncols=3,
        frameon=False,
        fontsize=6,
        labelcolor=INK,
        handlelength=1,
        columnspacing=1,
    )
    if series > MOST_NAMES:
        axes.text(1, 1.02, f"{series} series", color=FAINT, ha="right", transform=axes.transAxes)


def _grid(times: set[float]) -> list[float]:
    """All steps from the first to the last, those without a figure, too."""
    found = sorted(times)
    step = min((after - before for before, after in pairwise(found)), default=1.0)
    steps = round((found[-1] - found[0]) / step) if found else -1
    return [found[0] + number * step for number in range(steps + 1)]


def _dates(times: tuple[float, ...] | list[float]) -> list[float]:
    return [time / DAY_S for time in times]  # matplotlib's days since 1970


def _value(value: float, defaults: dict[str, Any]) -> str:
    for mapping in defaults.get("mappings", []):
        word = mapping["options"].get(f"{value:g}", {}).get("text")
        if word:
            return str(word)
    return _plain(value, defaults["unit"])


def _color(value: float, defaults: dict[str, Any]) -> str:
    found = "text"
    for step in defaults.get("thresholds", {}).get("steps", []):
        if step["value"] is None or value >= step["value"]:
            found = step["color"]
    return COLORS[found]


def _plain(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value * 100:.3g}%"
    if unit == "s":
        return f"{value * 1000:.3g} ms" if 0 < abs(value) < 1 else _short(value) + " s"
    if unit == "bytes":
        for name in ("B", "KiB", "MiB", "GiB"):
            if abs(value) < 1024:
                return f"{value:.3g} {name}"
            value /= 1024
        return f"{value:.3g} TiB"
    return _short(value) + (" c/s" if unit == "cps" else "")


def _short(value: float) -> str:
    for name in ("", "K", "M"):
        if abs(value) < 1000:
            return f"{value:.3g}{' ' if name else ''}{name}"
        value /= 1000
    return f"{value:.3g} G"
