"""The overview's row of what does not go well."""

from __future__ import annotations

from scripts.dashboards.board import Kind, Panel, Query, red, warn
from scripts.dashboards.queries import (
    WORKER,
    WORKER_LEGEND,
    greatest,
    rate,
)
from worker.telemetry.table import delivery, messaging, process

SEND_ERRORS = rate(
    messaging.SENT, by=("messaging_destination_name", "error_type"), error_type="~.+"
)


FAILURES = (
    Panel(
        "Dead letters by reason",
        (Query(f"{rate(delivery.DEAD_LETTERS, by=('reason',))} > 0", "{{reason}}"),),
        (delivery.DEAD_LETTERS,),
        unit="cps",
        stacked=True,
        alerts=("IvyWorkerDeadLettersSudden",),
    ),
    Panel(
        "Share of dead letters",
        (Query(greatest(delivery.DEAD_LETTER_RATIO, by=WORKER), WORKER_LEGEND),),
        (delivery.DEAD_LETTER_RATIO,),
        unit="percentunit",
        about="At 50% (`flow.dead_letter_limit.ratio`) the worker ends.",
        steps=warn(0.2, 0.5),
        alerts=("IvyWorkerDeadLetterRatio", "IvyWorkerDeadLetterLimitTripped"),
    ),
    Panel(
        "Tries that failed, by reason",
        (Query(f"{rate(delivery.RETRIES, by=('reason',))} > 0", "{{reason}}"),),
        (delivery.RETRIES,),
        unit="cps",
        stacked=True,
        alerts=("IvyWorkerRetryStorm",),
    ),
    Panel(
        "To the retry topics",
        (Query(f"{rate(delivery.POSTPONED, by=('tier', 'reason'))} > 0", "{{tier}}: {{reason}}"),),
        (delivery.POSTPONED,),
        unit="cps",
        stacked=True,
    ),
    Panel(
        "Breakers",
        (Query(greatest(process.BREAKER, by=("breaker",)), "{{breaker}}"),),
        (process.BREAKER,),
        kind=Kind.STATES,
        steps=(*red(1),),
        words=("closed", "open"),
        alerts=(
            "IvyWorkerActionBreakerOpen",
            "IvyWorkerFetchHostsLeftAlone",
            "IvyWorkerEngineServerAway",
        ),
    ),
    Panel(
        "Messaging errors a second",
        (
            Query(
                f"{SEND_ERRORS} > 0",
                "send {{messaging_destination_name}}: {{error_type}}",
            ),
            Query(
                f"{rate(delivery.COMMITS, result='failed')} > 0",
                "commits that failed",
            ),
        ),
        (messaging.SENT, delivery.COMMITS),
        unit="cps",
        alerts=("IvyWorkerCommitsFailing",),
    ),
)
