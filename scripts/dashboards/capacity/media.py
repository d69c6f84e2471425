"""Fetching and decoding."""

from __future__ import annotations

from scripts.dashboards.board import Kind, Panel, Query, Step
from scripts.dashboards.queries import (
    WORKER,
    WORKER_LEGEND,
    greatest,
    quantile,
    rate,
    series,
    total,
)
from worker.telemetry.table import media, verdicts

MEDIA = (
    Panel(
        "Decoding",
        (
            Query(total(media.DECODE_PROCESSES), "processes"),
            Query(total(media.DECODE_WAITING), "files that wait"),
        ),
        (media.DECODE_PROCESSES, media.DECODE_WAITING),
        alerts=("IvyWorkerDecodeQueue",),
    ),
    Panel(
        "Decode processes lost, a minute",
        (
            Query(
                f"60 * {rate(media.DECODE_LOST, by=('reason',))} > 0",
                "{{reason}}",
            ),
        ),
        (media.DECODE_LOST,),
        stacked=True,
        about="`worn` and `not_needed` are as planned.",
        alerts=("IvyWorkerDecodeProcessesLost", "IvyWorkerDecodeProcessesNotStarting"),
    ),
    Panel(
        "Protections of decoding",
        (
            Query(
                f"min by (protection) ({series(media.DECODE_PROTECTION)})",
                "{{protection}}",
            ),
        ),
        (media.DECODE_PROTECTION,),
        kind=Kind.STATES,
        steps=(Step(0, "red"), Step(1, "green")),
        words=("missing", "holds"),
        alerts=("IvyWorkerDecodeProtectionMissing",),
    ),
    Panel(
        "Media in memory and on disk",
        (
            Query(total(media.MEDIA_BYTES), "in memory"),
            Query(total(media.SPILLED_BYTES), "set aside on disk"),
        ),
        (media.MEDIA_BYTES, media.SPILLED_BYTES),
        unit="bytes",
    ),
    Panel(
        "Media hosts left alone",
        (Query(greatest(media.HOSTS_LEFT_ALONE, by=WORKER), WORKER_LEGEND),),
        (media.HOSTS_LEFT_ALONE,),
        alerts=("IvyWorkerFetchHostsLeftAlone",),
    ),
    Panel(
        "Fetching",
        tuple(
            Query(quantile(of, verdicts.STAGE_DURATION, stage="fetch"), f"{of:.0%}")
            for of in (0.5, 0.95, 0.99)
        ),
        (verdicts.STAGE_DURATION,),
        unit="s",
    ),
)
