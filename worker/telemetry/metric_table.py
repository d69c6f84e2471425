"""Every metric there is, in one table. Names follow OpenTelemetry's rules for instruments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """OpenTelemetry instrument kinds in use."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Metric:
    """One instrument: what it counts, in which unit (UCUM), under which attributes."""

    name: str
    kind: Kind
    unit: str
    description: str
    attributes: tuple[str, ...] = ()
    """Attribute names. Each has a closed set of values: never an id, an offset or a URL."""


VERDICTS = Metric(
    "ivy.verdicts", Kind.COUNTER, "{verdict}", "Verdicts published.", ("label", "action", "cached")
)
DEAD_LETTERS = Metric(
    "ivy.dead_letters", Kind.COUNTER, "{event}", "Events sent to the dead letters.", ("reason",)
)
RETRIES = Metric(
    "ivy.retries", Kind.COUNTER, "{try}", "Tries that failed and may be tried again.", ("reason",)
)
STAGE_DURATION = Metric(
    "ivy.stage.duration", Kind.HISTOGRAM, "s", "Time spent in one stage by one event.", ("stage",)
)
EVENT_AGE = Metric(
    "ivy.event.age", Kind.HISTOGRAM, "s", "From the record's timestamp to its published verdict."
)
TOKENS = Metric(
    "ivy.tokens", Kind.COUNTER, "{token}", "Tokens read and written by the model.", ("type",)
)
SECOND_PASSES = Metric(
    "ivy.second_passes",
    Kind.COUNTER,
    "{answer}",
    "Answers of a cascade that thought, too, and whether both passes agreed.",
    ("trigger", "agree"),
)
LABEL_MASS = Metric(
    "ivy.label.mass",
    Kind.HISTOGRAM,
    "1",
    "Probability on the label words, of 1. The rest went to words that are no verdict.",
)
CACHE_ERRORS = Metric(
    "ivy.cache.errors",
    Kind.COUNTER,
    "{error}",
    "Cache calls that failed; verdicts went on uncached.",
)
CACHE_UP = Metric(
    "ivy.cache.up", Kind.GAUGE, "1", "1 while the cache answers, 0 while it is left alone."
)
IN_FLIGHT = Metric("ivy.in_flight", Kind.GAUGE, "{event}", "Events taken and not yet settled.")
MEDIA_BYTES = Metric("ivy.media.bytes", Kind.GAUGE, "By", "Media held in memory.")
READY = Metric("ivy.ready", Kind.GAUGE, "1", "1 while the worker takes events.")
UNEXPECTED = Metric(
    "ivy.unexpected_errors",
    Kind.COUNTER,
    "{error}",
    "Errors that no failure type stands for: bugs.",
)

TABLE: tuple[Metric, ...] = (
    VERDICTS,
    DEAD_LETTERS,
    RETRIES,
    STAGE_DURATION,
    EVENT_AGE,
    TOKENS,
    SECOND_PASSES,
    LABEL_MASS,
    CACHE_ERRORS,
    CACHE_UP,
    IN_FLIGHT,
    MEDIA_BYTES,
    READY,
    UNEXPECTED,
)
