"""The overview's row of the processes."""

from __future__ import annotations

from scripts.dashboards.board import Kind, Panel, Query, red, zero_is_bad
from scripts.dashboards.queries import (
    CHOSEN,
    WORKER,
    WORKER_LEGEND,
    greatest,
    quantile,
    rate,
    series,
    share,
)
from worker.telemetry.table import delivery, messaging, process

WORKERS = (
    Panel(
        "Ready",
        (Query(greatest(process.READY, by=WORKER), WORKER_LEGEND),),
        (process.READY,),
        kind=Kind.STATES,
        steps=zero_is_bad(),
        words=("not ready", "ready"),
        alerts=("IvyWorkerNotReady", "IvyWorkerRestarting"),
    ),
    Panel(
        "Partitions",
        (Query(greatest(delivery.PARTITIONS, by=WORKER), WORKER_LEGEND),),
        (delivery.PARTITIONS,),
        alerts=("IvyWorkerPartitionsUnowned", "IvyWorkerIdle"),
    ),
    Panel(
        "Rebalances",
        (
            Query(
                f"sum by ({', '.join(WORKER)}) "
                f"(increase({series(delivery.REBALANCES)}[$__rate_interval]))",
                WORKER_LEGEND,
            ),
        ),
        (delivery.REBALANCES,),
        alerts=("IvyWorkerRebalanceStorm",),
    ),
    Panel(
        "Since the consumer's last step",
        (Query(greatest(delivery.POLL_AGE, by=WORKER), WORKER_LEGEND),),
        (delivery.POLL_AGE,),
        unit="s",
        steps=red(120),
        alerts=("IvyWorkerPollStalled",),
    ),
    Panel(
        "Kafka operations, 95%",
        (
            Query(
                quantile(0.95, messaging.OPERATION_DURATION, ("messaging_operation_name",)),
                "{{messaging_operation_name}}",
            ),
        ),
        (messaging.OPERATION_DURATION,),
        unit="s",
        alerts=("IvyWorkerCommitsFailing",),
    ),
    Panel(
        "Messages a second",
        (
            Query(
                rate(messaging.CONSUMED, by=("messaging_destination_name",)),
                "from {{messaging_destination_name}}",
            ),
            Query(
                rate(messaging.SENT, by=("messaging_destination_name",)),
                "to {{messaging_destination_name}}",
            ),
        ),
        (messaging.CONSUMED, messaging.SENT),
        unit="cps",
    ),
    Panel(
        "Outcomes that are no verdict",
        (
            Query(
                share(
                    rate(messaging.PROCESS_DURATION, "_count", error_type="~.+"),
                    rate(messaging.PROCESS_DURATION, "_count"),
                ),
                "share",
            ),
        ),
        (messaging.PROCESS_DURATION,),
        unit="percentunit",
    ),
    Panel(
        "CPU",
        (
            Query(
                f"sum by ({', '.join(WORKER)}) "
                f"(rate(process_cpu_seconds_total{{{CHOSEN}}}[$__rate_interval])"
                f" and on (instance) {series(process.READY)})",
                WORKER_LEGEND,
            ),
        ),
        (),
        about="Cores that the worker's own process uses; its children (engine, decoding) are"
        " processes of their own.",
    ),
    Panel(
        "Memory",
        (
            Query(
                f"sum by ({', '.join(WORKER)}) "
                f"(process_resident_memory_bytes{{{CHOSEN}}}"
                f" and on (instance) {series(process.READY)})",
                WORKER_LEGEND,
            ),
        ),
        (),
        unit="bytes",
        about="Resident memory of the worker's own process, without its children.",
        alerts=("IvyWorkerOutOfMemory",),
    ),
)
