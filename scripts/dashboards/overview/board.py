"""All of the overview."""

from __future__ import annotations

from scripts.dashboards.board import Board, Row
from scripts.dashboards.overview.delivery import DELIVERY
from scripts.dashboards.overview.failures import FAILURES
from scripts.dashboards.overview.now import NOW
from scripts.dashboards.overview.workers import WORKERS

OVERVIEW = Board(
    "ivy-worker-overview",
    "Ivy Worker / Overview",
    "Is anything wrong, and where. For a person on call.",
    "now-3h",
    (
        Row("Now", NOW),
        Row("Delivery", DELIVERY),
        Row("Failures", FAILURES),
        Row("Workers", WORKERS),
    ),
)
