"""How many events wait."""

from __future__ import annotations

from scripts.dashboards.queries import (
    greatest,
)
from worker.telemetry.table import delivery

LIVE = "!~.*(retry|backfill).*"
"""Events of retry topics and of the backfill wait on purpose."""


def lag(*by: str) -> str:
    """Two workers may report the same partition for a moment, during a rebalance."""
    each = ("cluster", "namespace", "job", "topic", "partition")
    inner = greatest(delivery.LAG, by=each, **({} if "topic" in by else {"topic": LIVE}))
    grouping = f"by ({', '.join(by)}) " if by else ""
    return f"sum {grouping}({inner})"
