"""Every metric there is, in one table. Names follow OpenTelemetry's rules for instruments."""

from __future__ import annotations

from worker.telemetry.metric import Group, metrics_in
from worker.telemetry.table import cache, delivery, engine, media, messaging, process, verdicts

GROUPS = (
    Group(
        "Delivery",
        "What is taken from the stream, how far it is, and what went to retries and dead letters.",
        metrics_in(vars(delivery)),
    ),
    Group(
        "Messaging clients",
        "By OpenTelemetry's semantic conventions for messaging, 1.44.",
        metrics_in(vars(messaging)),
    ),
    Group("Verdicts", "What is said of media, and how long it takes.", metrics_in(vars(verdicts))),
    Group("Engine", "The model's engine.", metrics_in(vars(engine))),
    Group("Cache", "Answers that are shared.", metrics_in(vars(cache))),
    Group("Media", "Fetching and decoding.", metrics_in(vars(media))),
    Group("Process", "The worker itself, and its machine.", metrics_in(vars(process))),
)

TABLE = tuple(metric for group in GROUPS for metric in group.metrics)
