"""The engine and its GPU."""

from __future__ import annotations

from scripts.dashboards.board import Panel, Query
from scripts.dashboards.queries import (
    WORKER,
    WORKER_LEGEND,
    count,
    greatest,
    rate,
    series,
    total,
)
from worker.telemetry.table import engine, process

ENGINE = (
    Panel(
        "Engine: running and waiting",
        (
            Query(total(engine.RUNNING), "running"),
            Query(total(engine.ENGINE_WAITING), "waiting"),
        ),
        (engine.RUNNING, engine.ENGINE_WAITING),
        about="Up to half a batch waits by design, so that the engine is never empty.",
        alerts=("IvyWorkerEngineSaturated",),
    ),
    Panel(
        "Batch fill, by worker",
        (Query(greatest(engine.BATCH_FILL, by=WORKER), WORKER_LEGEND),),
        (engine.BATCH_FILL,),
        unit="percentunit",
        most=1,
        alerts=("IvyWorkerEngineSaturated",),
    ),
    Panel(
        "Tokens a second",
        (Query(rate(engine.TOKENS, by=("type",)), "{{type}}"),),
        (engine.TOKENS,),
        unit="cps",
        stacked=True,
    ),
    Panel(
        "KV cache in use",
        (Query(greatest(engine.KV_CACHE_USAGE, by=WORKER), WORKER_LEGEND),),
        (engine.KV_CACHE_USAGE,),
        unit="percentunit",
        most=1,
        alerts=("IvyWorkerKvPreemptions",),
    ),
    Panel(
        "Preemptions a second",
        (Query(rate(engine.PREEMPTIONS, by=WORKER), WORKER_LEGEND),),
        (engine.PREEMPTIONS,),
        unit="cps",
        alerts=("IvyWorkerKvPreemptions",),
    ),
    Panel(
        "Prefix cache",
        (Query(greatest(engine.PREFIX_CACHE_HIT_RATIO, by=WORKER), WORKER_LEGEND),),
        (engine.PREFIX_CACHE_HIT_RATIO,),
        unit="percentunit",
        most=1,
    ),
    Panel(
        "GPU use",
        (
            Query(
                greatest(process.GPU_UTILIZATION, by=(*WORKER, "gpu")),
                f"{WORKER_LEGEND} {{{{gpu}}}}",
            ),
        ),
        (process.GPU_UTILIZATION,),
        unit="percentunit",
        most=1,
        alerts=("IvyWorkerGpuIdle",),
    ),
    Panel(
        "GPU memory",
        (
            Query(
                greatest(process.GPU_MEMORY_USED, by=(*WORKER, "gpu")),
                f"{WORKER_LEGEND} {{{{gpu}}}}",
            ),
            Query(f"min({series(process.GPU_MEMORY_TOTAL)})", "there is"),
        ),
        (process.GPU_MEMORY_USED, process.GPU_MEMORY_TOTAL),
        unit="bytes",
        alerts=("IvyWorkerGpuMemoryNearFull", "IvyWorkerGpuOutOfMemory"),
    ),
    Panel(
        "Ends of the engine",
        (Query(f"{count(engine.ENDED, '$__range', by=('reason',))} > 0", "{{reason}}"),),
        (engine.ENDED,),
        about="In the time that is shown. Each costs a load of the model.",
        alerts=("IvyWorkerGpuOutOfMemory", "IvyWorkerRestarting"),
    ),
    Panel(
        "Suspected contents",
        (
            Query(total(engine.SUSPECTS), "asked about, apart"),
            Query(total(engine.HELD), "others that wait for them"),
        ),
        (engine.SUSPECTS, engine.HELD),
        about="After a death of the engine. See docs/answering.md.",
    ),
)
