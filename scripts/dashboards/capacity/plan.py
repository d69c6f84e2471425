"""What comes in, what goes out, and where it is meanwhile."""

from __future__ import annotations

from scripts.dashboards.board import Panel, Query, warn
from scripts.dashboards.capacity.figures import OUTCOMES
from scripts.dashboards.lag import lag
from scripts.dashboards.queries import (
    WORKER,
    WORKER_LEGEND,
    quantile,
    rate,
    share,
)
from worker.telemetry.table import delivery, messaging, verdicts

PLAN = (
    Panel(
        "In and out",
        (
            Query(rate(messaging.CONSUMED), "taken"),
            Query(OUTCOMES, "outcomes"),
        ),
        (messaging.CONSUMED, messaging.PROCESS_DURATION),
        unit="cps",
    ),
    Panel(
        "Work that waits",
        (Query(share(lag(), OUTCOMES), "seconds of work"),),
        (delivery.LAG, messaging.PROCESS_DURATION),
        unit="s",
        about="Lag of the live topics over outcomes a second.",
        steps=warn(300, 600),
        alerts=("IvyWorkerLagGrowing", "IvyWorkerEngineSaturated"),
    ),
    Panel(
        "Outcomes a second, by worker",
        (
            Query(
                rate(messaging.PROCESS_DURATION, "_count", by=WORKER),
                WORKER_LEGEND,
            ),
        ),
        (messaging.PROCESS_DURATION,),
        unit="cps",
        about="Hold it against what `ivy-worker plan` reckons with.",
        stacked=True,
    ),
    Panel(
        "Stage times, 95%",
        (Query(quantile(0.95, verdicts.STAGE_DURATION, ("stage",)), "{{stage}}"),),
        (verdicts.STAGE_DURATION,),
        unit="s",
    ),
    Panel(
        "Stage times, mean",
        (
            Query(
                share(
                    rate(verdicts.STAGE_DURATION, "_sum", by=("stage",)),
                    rate(verdicts.STAGE_DURATION, "_count", by=("stage",)),
                ),
                "{{stage}}",
            ),
        ),
        (verdicts.STAGE_DURATION,),
        unit="s",
    ),
    Panel(
        "Events at once in a stage",
        (
            Query(
                rate(verdicts.STAGE_DURATION, "_sum", by=("stage",), stage="!~total|answer"),
                "{{stage}}",
            ),
        ),
        (verdicts.STAGE_DURATION,),
        stacked=True,
        about="Seconds spent a second (Little's law). The tallest is where events are.",
    ),
)
