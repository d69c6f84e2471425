"""The top of the capacity dashboard."""

from __future__ import annotations

from scripts.dashboards.board import Kind, Panel, Query, Step, warn
from scripts.dashboards.capacity.figures import HITS, OUTCOMES
from scripts.dashboards.lag import lag
from scripts.dashboards.queries import (
    mean,
    rate,
    share,
    total,
)
from worker.telemetry.table import cache, delivery, engine, messaging, process

NOW = (
    Panel(
        "Work that waits",
        (Query(share(lag(), OUTCOMES)),),
        (delivery.LAG, messaging.PROCESS_DURATION),
        kind=Kind.NUMBER,
        unit="s",
        about="Lag over outcomes a second: how long the workers there are need for what waits.",
        steps=(Step(0, "green"), *warn(300, 600)),
        alerts=("IvyWorkerLagGrowing", "IvyWorkerEngineSaturated"),
        span=4,
        height=4,
        empty="no outcomes",
    ),
    Panel(
        "Outcomes a second and worker",
        (Query(share(OUTCOMES, total(process.READY))),),
        (messaging.PROCESS_DURATION, process.READY),
        kind=Kind.NUMBER,
        unit="cps",
        about="Hold it against what `ivy-worker plan` reckons with.",
        span=4,
        height=4,
    ),
    Panel(
        "Engine fill",
        (Query(mean(engine.BATCH_FILL)),),
        (engine.BATCH_FILL,),
        kind=Kind.NUMBER,
        unit="percentunit",
        about="Near 1 under load: the GPU is kept full.",
        alerts=("IvyWorkerEngineSaturated",),
        span=4,
        height=4,
        empty="no engine",
    ),
    Panel(
        "GPU use",
        (Query(mean(process.GPU_UTILIZATION)),),
        (process.GPU_UTILIZATION,),
        kind=Kind.NUMBER,
        unit="percentunit",
        alerts=("IvyWorkerGpuIdle",),
        span=4,
        height=4,
        empty="no GPU",
    ),
    Panel(
        "Without the model",
        (Query(HITS),),
        (cache.LOOKUPS,),
        kind=Kind.NUMBER,
        unit="percentunit",
        about="Lookups that needed no question to the model.",
        alerts=("IvyWorkerCacheHitsFell",),
        span=4,
        height=4,
        empty="no lookups",
    ),
    Panel(
        "Tokens a second",
        (Query(rate(engine.TOKENS)),),
        (engine.TOKENS,),
        kind=Kind.NUMBER,
        unit="cps",
        span=4,
        height=4,
    ),
)
