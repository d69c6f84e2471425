"""Figures that more than one row shows."""

from __future__ import annotations

from scripts.dashboards.queries import (
    rate,
    share,
)
from worker.telemetry.table import cache, messaging

OUTCOMES = rate(messaging.PROCESS_DURATION, "_count")
HITS = share(rate(cache.LOOKUPS, result="~hit|joined"), rate(cache.LOOKUPS))
