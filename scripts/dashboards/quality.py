"""The dashboard of what is said: is it still what it was."""

from __future__ import annotations

from scripts.dashboards.board import Board, Kind, Panel, Query, Row, Step, red, warn
from scripts.dashboards.queries import count, greatest, quantile, rate, share, shares
from worker.telemetry.table import delivery, process, verdicts


def _label(name: str, window: str = "1h") -> str:
    return share(count(verdicts.VERDICTS, window, label=name), count(verdicts.VERDICTS, window))


NOW = (
    Panel(
        "AI-generated, 1 h",
        (Query(_label("ai_generated")),),
        (verdicts.VERDICTS,),
        kind=Kind.NUMBER,
        unit="percentunit",
        span=4,
        height=4,
        empty="no verdicts",
    ),
    Panel(
        "Uncertain, 1 h",
        (Query(_label("uncertain")),),
        (verdicts.VERDICTS,),
        kind=Kind.NUMBER,
        unit="percentunit",
        alerts=("IvyWorkerUncertainShareJumped",),
        span=4,
        height=4,
        empty="no verdicts",
    ),
    Panel(
        "Block hints, 1 h",
        (
            Query(
                share(
                    count(verdicts.VERDICTS, "1h", action="block"), count(verdicts.VERDICTS, "1h")
                )
            ),
        ),
        (verdicts.VERDICTS,),
        kind=Kind.NUMBER,
        unit="percentunit",
        span=4,
        height=4,
        empty="no verdicts",
    ),
    Panel(
        "Action breaker",
        (Query(greatest(process.BREAKER, breaker="action")),),
        (process.BREAKER,),
        kind=Kind.NUMBER,
        steps=(Step(0, "green"), *red(1)),
        words=("closed", "open"),
        alerts=("IvyWorkerActionBreakerOpen",),
        span=4,
        height=4,
    ),
    Panel(
        "Drift, image",
        (Query(greatest(verdicts.DRIFT, media="image")),),
        (verdicts.DRIFT,),
        kind=Kind.NUMBER,
        steps=(Step(0, "green"), *warn(0.1, 0.25)),
        alerts=("IvyWorkerVerdictDrift",),
        span=4,
        height=4,
        empty="too few scores",
    ),
    Panel(
        "Drift, video",
        (Query(greatest(verdicts.DRIFT, media="video")),),
        (verdicts.DRIFT,),
        kind=Kind.NUMBER,
        steps=(Step(0, "green"), *warn(0.1, 0.25)),
        alerts=("IvyWorkerVerdictDrift",),
        span=4,
        height=4,
        empty="too few scores",
    ),
)

MIX = (
    Panel(
        "Verdicts by label",
        (
            Query(
                shares(verdicts.VERDICTS, "label"),
                "{{label}}",
            ),
        ),
        (verdicts.VERDICTS,),
        unit="percentunit",
        stacked=True,
        most=1,
        alerts=("IvyWorkerVerdictDrift", "IvyWorkerUncertainShareJumped"),
    ),
    Panel(
        "Verdicts by action hint",
        (
            Query(
                shares(verdicts.VERDICTS, "action"),
                "{{action}}",
            ),
        ),
        (verdicts.VERDICTS,),
        unit="percentunit",
        stacked=True,
        most=1,
        alerts=("IvyWorkerActionBreakerOpen",),
    ),
    Panel(
        "Uncertain: last hour, and the day before",
        (
            Query(_label("uncertain"), "last hour"),
            Query(_label("uncertain", "1d"), "last day"),
        ),
        (verdicts.VERDICTS,),
        unit="percentunit",
        alerts=("IvyWorkerUncertainShareJumped",),
    ),
    Panel(
        "Verdicts a second, by source of the answer",
        (
            Query(rate(verdicts.VERDICTS, cached="true"), "from the cache"),
            Query(rate(verdicts.VERDICTS, cached="false"), "from the model"),
        ),
        (verdicts.VERDICTS,),
        unit="cps",
        stacked=True,
    ),
    Panel(
        "Drift of the scores (PSI)",
        (Query(greatest(verdicts.DRIFT, by=("media",)), "{{media}}"),),
        (verdicts.DRIFT,),
        steps=warn(0.1, 0.25),
        alerts=("IvyWorkerVerdictDrift",),
    ),
    Panel(
        "Action breaker",
        (Query(greatest(process.BREAKER, by=("breaker",), breaker="action"), "{{breaker}}"),),
        (process.BREAKER,),
        kind=Kind.STATES,
        steps=red(1),
        words=("closed", "open"),
        alerts=("IvyWorkerActionBreakerOpen",),
    ),
)

ANSWERS = (
    Panel(
        "Answers with little mass on the label words",
        tuple(
            Query(
                share(
                    rate(verdicts.LABEL_MASS, "_bucket", le=bound),
                    rate(verdicts.LABEL_MASS, "_count"),
                ),
                f"up to {bound}",
            )
            for bound in ("0.5", "0.9", "0.99")
        ),
        (verdicts.LABEL_MASS,),
        unit="percentunit",
        about="Shares of the answers. Where the first line rises, the model says something that is"
        " no verdict.",
        steps=red(0.05),
        alerts=("IvyWorkerLabelMassLow",),
    ),
    Panel(
        "Mass on the label words",
        tuple(Query(quantile(of, verdicts.LABEL_MASS), f"{of:.0%}") for of in (0.05, 0.25, 0.5)),
        (verdicts.LABEL_MASS,),
        unit="percentunit",
        most=1,
    ),
    Panel(
        "Second passes a second",
        (Query(rate(verdicts.SECOND_PASSES, by=("trigger",)), "{{trigger}}"),),
        (verdicts.SECOND_PASSES,),
        unit="cps",
        stacked=True,
        about="Only where `cascade.enabled` is set.",
    ),
    Panel(
        "Passes that disagree",
        (
            Query(
                share(
                    rate(verdicts.SECOND_PASSES, by=("trigger",), agree="false"),
                    rate(verdicts.SECOND_PASSES, by=("trigger",)),
                ),
                "{{trigger}}",
            ),
        ),
        (verdicts.SECOND_PASSES,),
        unit="percentunit",
        about="`sample` is the honest one: the others are drawn for being doubtful.",
    ),
    Panel(
        "Without a verdict, by reason",
        (Query(f"{count(delivery.DEAD_LETTERS, '1h', by=('reason',))} > 0", "{{reason}}"),),
        (delivery.DEAD_LETTERS,),
        stacked=True,
        about="Dead letters in the hour before.",
        alerts=("IvyWorkerDeadLettersSudden",),
    ),
    Panel(
        "Without a verdict, of all",
        (
            Query(
                share(
                    rate(delivery.DEAD_LETTERS),
                    f"({rate(delivery.DEAD_LETTERS)} + {rate(verdicts.VERDICTS)})",
                ),
                "share",
            ),
        ),
        (delivery.DEAD_LETTERS, verdicts.VERDICTS),
        unit="percentunit",
        about="Those that uploaders can bring about are among them.",
        alerts=("IvyWorkerDeadLetterRatio",),
    ),
)

QUALITY = Board(
    "ivy-worker-quality",
    "Ivy Worker / Quality",
    "What is said of media, and whether it is still what it was.",
    "now-24h",
    (Row("Now", NOW), Row("Verdicts", MIX), Row("Answers", ANSWERS)),
)
