"""What a dashboard of ours is made of, before it becomes Grafana's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worker.telemetry.metric import Metric

COLUMNS = 24
"""Of Grafana's grid."""


class Kind(StrEnum):
    """How a panel is drawn: the names of Grafana's own panels."""

    LINES = "timeseries"
    NUMBER = "stat"
    STATES = "state-timeline"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Query:
    """One expression; ``legend`` names its series by their labels."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """From this value on, this colour."""

    at: float
    color: str


def warn(at: float, bad: float | None = None) -> tuple[Step, ...]:
    """Yellow from one value, red from the other."""
    return (Step(at, "yellow"),) if bad is None else (Step(at, "yellow"), Step(bad, "red"))


def red(at: float) -> tuple[Step, ...]:
    """Red from here on."""
    return (Step(at, "red"),)


def zero_is_bad() -> tuple[Step, ...]:
    """Red below 1, green from there on."""
    return (Step(0, "red"), Step(1, "green"))


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture. Its description is that of its metrics, with ``about`` before it."""

    title: str
    queries: tuple[Query, ...]
    metrics: tuple[Metric, ...]
    unit: str = "short"
    kind: Kind = Kind.LINES
    about: str = ""
    stacked: bool = False
    least: float | None = 0
    most: float | None = None
    steps: tuple[Step, ...] = ()
    """Thresholds: of a number its colour, of lines a dashed line."""
    alerts: tuple[str, ...] = ()
    """Alerts on the same figures: each becomes a link to its runbook."""
    span: int = 8
    height: int = 8
    words: tuple[str, str] = ("", "")
    """What 0 and 1 are called, where the value is one of the two."""
    decimals: int | None = None
    empty: str = ""
    """What a number shows where there is nothing to count, such as a GPU."""

    @property
    def description(self) -> str:
        """Of what is seen, from the table of metrics."""
        metrics = [f"`{metric.name}`: {metric.description}" for metric in self.metrics]
        return "\n\n".join(filter(None, [self.about, *metrics]))


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard."""

    uid: str
    title: str
    about: str
    span: str
    """How much is shown at first, such as ``now-6h``."""
    rows: tuple[Row, ...]

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All, in order."""
        return tuple(panel for row in self.rows for panel in row.panels)
