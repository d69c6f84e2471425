"""Metrics of what is said of media, and how long that takes."""

from __future__ import annotations

from worker.domain.answer import Trigger
from worker.domain.media import MediaKind
from worker.domain.verdict import ActionHint
from worker.domain.verdict import Label as VerdictLabel
from worker.telemetry.metric import Kind, Label, Metric

STAGES = ("validate", "wait", "fetch", "answer", "decode", "engine", "total")
"""Of one event's journey. `answer` holds `decode` and `engine`, and `total` all of them."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""Histogram bounds in seconds: OpenTelemetry's advice for durations, on to a model's minutes."""

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
"""Histogram bounds of a mass that is near 1 where all is well."""

VERDICTS = Metric(
    "ivy.verdicts",
    Kind.COUNTER,
    "{verdict}",
    "Verdicts published.",
    (Label.of("label", VerdictLabel), Label.of("action", ActionHint), Label.flag("cached")),
)
DRIFT = Metric(
    "ivy.verdict.drift",
    Kind.GAUGE,
    "1",
    "Population stability index of the last fresh scores against the baseline: below 0.1 stable,"
    " from 0.25 on another population. Absent until there are enough scores.",
    (Label.of("media", MediaKind),),
)
ACTION_BREAKER = Metric(
    "ivy.action_breaker.open", Kind.GAUGE, "1", "1 while `block` hints are turned into `review`."
)
STAGE_DURATION = Metric(
    "ivy.stage.duration",
    Kind.HISTOGRAM,
    "s",
    "Time spent in one stage by one event.",
    (Label("stage", frozenset(STAGES)),),
    SECONDS,
)
EVENT_AGE = Metric(
    "ivy.event.age",
    Kind.HISTOGRAM,
    "s",
    "From the record's timestamp to its published verdict.",
    bounds=SECONDS,
)
SECOND_PASSES = Metric(
    "ivy.second_passes",
    Kind.COUNTER,
    "{answer}",
    "Answers of a cascade that thought, too, and whether both passes agreed.",
    (Label.of("trigger", Trigger), Label.flag("agree")),
)
LABEL_MASS = Metric(
    "ivy.label.mass",
    Kind.HISTOGRAM,
    "1",
    "Probability on the label words, of 1. The rest went to words that are no verdict.",
    bounds=SHARES,
)
