"""Metrics of the model's engine."""

from __future__ import annotations

from worker.detector.engine_end import EngineEnd
from worker.telemetry.metric import Kind, Label, Metric

RUNNING = Metric(
    "ivy.engine.running", Kind.GAUGE, "{request}", "Questions that the engine works on."
)
ENGINE_WAITING = Metric(
    "ivy.engine.waiting", Kind.GAUGE, "{request}", "Questions that wait in the engine."
)
BATCH_FILL = Metric(
    "ivy.engine.batch_fill",
    Kind.GAUGE,
    "1",
    "Questions that the engine works on over those that it takes at most.",
)
KV_CACHE_USAGE = Metric(
    "ivy.engine.kv_cache_usage", Kind.GAUGE, "1", "Share of the engine's KV cache in use."
)
PREEMPTIONS = Metric(
    "ivy.engine.preemptions",
    Kind.COUNTER,
    "{preemption}",
    "Questions that the engine set back, for it had no room in its KV cache.",
)
PREFIX_CACHE_HIT_RATIO = Metric(
    "ivy.engine.prefix_cache_hit_ratio",
    Kind.GAUGE,
    "1",
    "Share of the last prompts' tokens that the engine had in its prefix cache.",
)
SUSPECTS = Metric(
    "ivy.engine.suspects",
    Kind.GAUGE,
    "{question}",
    "Questions about suspected contents, in the engine or waiting for it.",
)
HELD = Metric(
    "ivy.engine.held", Kind.GAUGE, "{question}", "Questions that wait for those to be done."
)
ENDED = Metric(
    "ivy.engine.ended",
    Kind.COUNTER,
    "{end}",
    "Times that the engine's process ended by itself, or had to be ended for it did not get ready;"
    " with `telemetry.engine_ends_file` those before a restart of the container, too.",
    (Label.of("reason", EngineEnd),),
)
TOKENS = Metric(
    "ivy.tokens",
    Kind.COUNTER,
    "{token}",
    "Tokens read and written by the model.",
    (Label("type", frozenset(("input", "output"))),),
)
