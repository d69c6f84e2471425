"""The panels of a dashboard's JSON, with the figures that a Prometheus has for them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.dashboards.prometheus import Line, Prometheus

POINTS = 200
"""Of one line."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at."""

    start: float
    end: float
    rate_interval: str
    """What `$__rate_interval` becomes: Grafana takes at least four scrapes."""

    @property
    def step(self) -> float:
        """Seconds between two points."""
        return max(1.0, (self.end - self.start) / POINTS)


@dataclass(frozen=True, slots=True)
class Series:
    """One line with its name."""

    name: str
    line: Line


@dataclass(frozen=True, slots=True)
class Shown:
    """One panel."""

    json: dict[str, Any]
    series: tuple[Series, ...]

    @property
    def title(self) -> str:
        """Its heading."""
        return str(self.json["title"])


def panels(file: Path) -> list[dict[str, Any]]:
    """All panels of a dashboard, rows left out."""
    board = json.loads(file.read_text(encoding="utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expression(text: str, window: Window) -> str:
    """With Grafana's variables as they are where nothing is chosen."""
    text = text.replace("$__rate_interval", window.rate_interval)
    text = text.replace("$__range", f"{int(window.end - window.start)}s")
    return re.sub(r"\$(cluster|namespace|job|pod)\b", ".*", text)


def ask(panel: dict[str, Any], prometheus: Prometheus, window: Window) -> Shown:
    """Run a panel's queries. Raises ``QueryRefused``."""
    found = []
    for target in panel["targets"]:
        asked = expression(target["expr"], window)
        if target.get("instant"):
            lines = prometheus.now(asked, window.end)
        else:
            lines = prometheus.over(asked, window.start, window.end, window.step)
        found += [Series(_name(target.get("legendFormat", ""), line), line) for line in lines]
    return Shown(panel, tuple(found))


def _name(legend: str, line: Line) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda label: line.labels.get(label[1], ""), legend).strip()
