"""Answers that are shared."""

from __future__ import annotations

from scripts.dashboards.board import Kind, Panel, Query, Step, red
from scripts.dashboards.capacity.figures import HITS
from scripts.dashboards.queries import (
    WORKER,
    WORKER_LEGEND,
    greatest,
    rate,
)
from worker.telemetry.table import cache

CACHE = (
    Panel(
        "Lookups a second",
        (Query(rate(cache.LOOKUPS, by=("result",)), "{{result}}"),),
        (cache.LOOKUPS,),
        unit="cps",
        stacked=True,
        alerts=("IvyWorkerCacheHitsFell",),
    ),
    Panel(
        "Lookups without the model",
        (Query(HITS, "hit or joined"),),
        (cache.LOOKUPS,),
        unit="percentunit",
        most=1,
        alerts=("IvyWorkerCacheHitsFell",),
    ),
    Panel(
        "Waits for another worker's lease, a second",
        (Query(rate(cache.LEASE_WAITS, by=("outcome",)), "{{outcome}}"),),
        (cache.LEASE_WAITS,),
        unit="cps",
        stacked=True,
    ),
    Panel(
        "Cache errors a second",
        (Query(rate(cache.CACHE_ERRORS, by=WORKER), WORKER_LEGEND),),
        (cache.CACHE_ERRORS,),
        unit="cps",
        steps=red(1),
        alerts=("IvyWorkerCacheErrors",),
        span=12,
    ),
    Panel(
        "Cache answers",
        (Query(greatest(cache.CACHE_UP, by=WORKER), WORKER_LEGEND),),
        (cache.CACHE_UP,),
        kind=Kind.STATES,
        steps=(Step(0, "red"), Step(1, "green")),
        words=("away", "answers"),
        alerts=("IvyWorkerCacheDown",),
        span=12,
    ),
)
