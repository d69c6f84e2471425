"""How many events wait."""

from __future__ import annotations

from scripts.dashboards.queries import (
    greatest,
)
from worker.telemetry.table import delivery
from worker.telemetry.table.delivery import Input


def lag(*by: str) -> str:
    """Two workers may report the same partition for a moment, during a rebalance.

    Without topics it is that of the uploads: events of retry topics and of the backfill wait on
    purpose.
    """
    each = ("cluster", "namespace", "job", "topic", "partition")
    inner = greatest(delivery.LAG, by=each, **({} if "topic" in by else {"input": Input.UPLOADS}))
    grouping = f"by ({', '.join(by)}) " if by else ""
    return f"sum {grouping}({inner})"
