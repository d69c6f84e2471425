"""All of the capacity dashboard."""

from __future__ import annotations

from scripts.dashboards.board import Board, Row
from scripts.dashboards.capacity.cache import CACHE
from scripts.dashboards.capacity.engine import ENGINE
from scripts.dashboards.capacity.media import MEDIA
from scripts.dashboards.capacity.now import NOW
from scripts.dashboards.capacity.plan import PLAN

CAPACITY = Board(
    "ivy-worker-capacity",
    "Ivy Worker / Capacity",
    "What is full, what waits for what, and how much more goes in.",
    "now-6h",
    (
        Row("Now", NOW),
        Row("Against the plan", PLAN),
        Row("Engine and GPU", ENGINE),
        Row("Media", MEDIA),
        Row("Cache", CACHE),
    ),
)
