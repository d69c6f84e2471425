"""The overview's row of how far the workers are."""

from __future__ import annotations

from scripts.dashboards.board import Panel, Query, red
from scripts.dashboards.lag import lag
from scripts.dashboards.queries import (
    WORKER,
    WORKER_LEGEND,
    greatest,
    quantile,
    rate,
    total,
)
from worker.telemetry.table import delivery, verdicts

DELIVERY = (
    Panel(
        "Lag by topic",
        (Query(lag("topic"), "{{topic}}"),),
        (delivery.LAG,),
        alerts=("IvyWorkerLagGrowing", "IvyWorkerNoProgress"),
    ),
    Panel(
        "Outcomes a second",
        (
            Query(rate(verdicts.VERDICTS), "verdicts"),
            Query(rate(delivery.DEAD_LETTERS), "dead letters"),
            Query(rate(delivery.POSTPONED), "to a retry topic"),
            Query(rate(delivery.DIVERTED), "to the backfill"),
        ),
        (verdicts.VERDICTS, delivery.DEAD_LETTERS, delivery.POSTPONED, delivery.DIVERTED),
        unit="cps",
        stacked=True,
        alerts=("IvyWorkerNoProgress",),
    ),
    Panel(
        "Age of verdicts",
        tuple(Query(quantile(of, verdicts.EVENT_AGE), f"{of:.0%}") for of in (0.5, 0.95, 0.99)),
        (verdicts.EVENT_AGE,),
        unit="s",
        steps=red(60),
        alerts=("IvyWorkerSlowVerdictsFastBurn", "IvyWorkerSlowVerdictsSlowBurn"),
    ),
    Panel(
        "Oldest event in hand",
        (Query(greatest(delivery.OLDEST_AGE, by=WORKER), WORKER_LEGEND),),
        (delivery.OLDEST_AGE,),
        unit="s",
        steps=red(900),
        alerts=("IvyWorkerOldestEventStuck",),
    ),
    Panel(
        "Taken, and not settled",
        (
            Query(total(delivery.IN_FLIGHT), "in flight"),
            Query(total(delivery.WAITING, by=("lane",)), "waiting for their turn: {{lane}}"),
        ),
        (delivery.IN_FLIGHT, delivery.WAITING),
    ),
    Panel(
        "Finished behind an unfinished one",
        (
            Query(
                f"topk(10, {greatest(delivery.GAP, by=('topic', 'partition'))})",
                "{{topic}}/{{partition}}",
            ),
        ),
        (delivery.GAP,),
        about="The ten partitions with most.",
        steps=red(5000),
        alerts=("IvyWorkerWatermarkGap",),
    ),
)
