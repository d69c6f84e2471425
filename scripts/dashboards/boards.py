"""All dashboards, and what none of them shows."""

from __future__ import annotations

from scripts.dashboards.capacity.board import CAPACITY
from scripts.dashboards.overview.board import OVERVIEW
from scripts.dashboards.quality import QUALITY
from worker.telemetry.metric import Metric
from worker.telemetry.table import verdicts

BOARDS = {"overview": OVERVIEW, "quality": QUALITY, "capacity": CAPACITY}
"""By the name of their file."""

LEFT_OUT: dict[Metric, str] = {
    verdicts.ACTION_BREAKER: 'the same as ivy_breaker_open{breaker="action"}, which is shown',
}
"""Metrics that are in no panel, and why."""
