"""The top of the overview: all well there is all well."""

from __future__ import annotations

from scripts.dashboards.board import Kind, Panel, Query, red, warn, zero_is_bad
from scripts.dashboards.lag import lag
from scripts.dashboards.queries import (
    count,
    greatest,
    rate,
    series,
    total,
)
from worker.telemetry.table import cache, delivery, process, verdicts

LATE = (
    f"1 - {rate(verdicts.EVENT_AGE, '_bucket', le='~60|60[.]0')}"
    f" / ({rate(verdicts.EVENT_AGE, '_count')} > 0)"
)

FIRING = (
    'ALERTS{alertname=~"IvyWorker.*", alertstate="firing", cluster=~"$cluster|",'
    ' namespace=~"$namespace|", job=~"$job|"}'
)
"""What kube-state-metrics tells has no job of ours, and what is absent may have no label at all."""

NOW = (
    Panel(
        "Workers ready",
        (Query(total(process.READY)),),
        (process.READY,),
        kind=Kind.NUMBER,
        decimals=0,
        steps=zero_is_bad(),
        alerts=("IvyWorkerNoneReady", "IvyWorkerAbsent"),
        span=3,
        height=4,
    ),
    Panel(
        "Events waiting",
        (Query(lag()),),
        (delivery.LAG,),
        kind=Kind.NUMBER,
        decimals=0,
        about="Lag of the live topics; those of retries and backfill wait on purpose.",
        alerts=("IvyWorkerLagGrowing", "IvyWorkerNoProgress"),
        span=3,
        height=4,
    ),
    Panel(
        "Verdicts a second",
        (Query(rate(verdicts.VERDICTS)),),
        (verdicts.VERDICTS,),
        kind=Kind.NUMBER,
        unit="cps",
        span=3,
        height=4,
    ),
    Panel(
        "Later than 60 s",
        (Query(LATE),),
        (verdicts.EVENT_AGE,),
        kind=Kind.NUMBER,
        unit="percentunit",
        about="The objective is that no more than 1% of the verdicts come later.",
        steps=warn(0.01, 0.06),
        alerts=("IvyWorkerSlowVerdictsFastBurn", "IvyWorkerSlowVerdictsSlowBurn"),
        span=3,
        height=4,
        empty="no verdicts",
    ),
    Panel(
        "Oldest in hand",
        (Query(greatest(delivery.OLDEST_AGE)),),
        (delivery.OLDEST_AGE,),
        kind=Kind.NUMBER,
        unit="s",
        steps=warn(300, 900),
        alerts=("IvyWorkerOldestEventStuck",),
        span=3,
        height=4,
    ),
    Panel(
        "Dead letters in 1 h",
        (Query(count(delivery.DEAD_LETTERS, "1h")),),
        (delivery.DEAD_LETTERS,),
        kind=Kind.NUMBER,
        decimals=0,
        alerts=("IvyWorkerDeadLettersSudden",),
        span=3,
        height=4,
    ),
    Panel(
        "Cache",
        (Query(f"min({series(cache.CACHE_UP)})"),),
        (cache.CACHE_UP,),
        kind=Kind.NUMBER,
        steps=zero_is_bad(),
        words=("away", "answers"),
        alerts=("IvyWorkerCacheDown",),
        span=3,
        height=4,
    ),
    Panel(
        "Errors that are bugs, 1 h",
        (Query(count(process.UNEXPECTED, "1h")),),
        (process.UNEXPECTED,),
        kind=Kind.NUMBER,
        decimals=0,
        steps=red(0.5),
        alerts=("IvyWorkerUnexpectedErrors",),
        span=3,
        height=4,
    ),
    Panel(
        "Alerts that fire",
        (Query(FIRING),),
        (),
        kind=Kind.TABLE,
        about="Those of charts/ivy-worker/rules, where Prometheus loads them.",
        span=12,
        height=5,
    ),
    Panel(
        "What runs",
        (Query(f"count by (version, model, engine, mode) ({series(process.BUILD_INFO)})"),),
        (process.BUILD_INFO,),
        kind=Kind.TABLE,
        alerts=("IvyWorkerMixedVersions",),
        span=12,
        height=5,
    ),
)
