"""The worker's metrics, recorded through OpenTelemetry."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, NoOpMeter, Observation

from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Failure
from worker.domain.generation import Generation
from worker.domain.record import Record
from worker.domain.verdict import VerdictEvent
from worker.flow.journey import Journey
from worker.telemetry import metric_table as table
from worker.telemetry.metric_table import Kind, Metric

log = structlog.get_logger(__name__)


class Metrics:
    """Counts what happens. Without a meter it counts into nothing."""

    def __init__(self, meter: Meter | None = None) -> None:
        self._meter = meter or NoOpMeter("ivy-worker")
        self._counters: dict[Metric, Counter] = {}
        self._histograms: dict[Metric, Histogram] = {}
        for metric in table.TABLE:
            if metric.kind is Kind.COUNTER:
                self._counters[metric] = self._meter.create_counter(
                    metric.name, metric.unit, metric.description
                )
            elif metric.kind is Kind.HISTOGRAM:
                self._histograms[metric] = self._meter.create_histogram(
                    metric.name, metric.unit, metric.description
                )

    def outcome(self, outcome: VerdictEvent | DeadLetter, journey: Journey) -> None:
        """An event has its outcome published."""
        for stage, milliseconds in journey.timings_ms().items():
            self._histograms[table.STAGE_DURATION].record(milliseconds / 1000, {"stage": stage})
        if isinstance(outcome, DeadLetter):
            self._counters[table.DEAD_LETTERS].add(1, {"reason": outcome.reason.value})
            log.warning(
                "dead_letter",
                reason=outcome.reason.value,
                detail=outcome.detail,
                record=outcome.record.coordinates,
                event_id=outcome.event_id,
                attempts=outcome.attempts,
            )
            return
        self._counters[table.VERDICTS].add(
            1,
            {
                "label": outcome.label.value,
                "action": outcome.action_hint.value,
                "cached": outcome.cache.cached,
            },
        )
        if not outcome.cache.cached:
            self._answered(outcome)
        if journey.recorded_at is not None:
            age = (outcome.verdict_at - journey.recorded_at).total_seconds()
            # Clocks of two machines: a record from the future has no meaningful age.
            self._histograms[table.EVENT_AGE].record(max(0.0, age))

    def _answered(self, verdict: VerdictEvent) -> None:
        if verdict.score_mass is not None:
            self._histograms[table.LABEL_MASS].record(verdict.score_mass)
        if verdict.two_passes is not None:
            passes = verdict.two_passes
            self._counters[table.SECOND_PASSES].add(
                1, {"trigger": passes.trigger.value, "agree": passes.agree}
            )

    def retry(self, failure: Failure) -> None:
        """A try failed."""
        self._counters[table.RETRIES].add(1, {"reason": failure.reason.value})

    def generation(self, generation: Generation) -> None:
        """The model answered."""
        self._counters[table.TOKENS].add(generation.prompt_tokens, {"type": "input"})
        self._counters[table.TOKENS].add(generation.completion_tokens, {"type": "output"})

    def unexpected(self, error: Exception, record: Record) -> None:
        """An error that is a bug of ours, met by one record."""
        self._counters[table.UNEXPECTED].add(1)
        log.error("unexpected_error", record=record.coordinates, exc_info=error)

    def cache_error(self) -> None:
        """A call to the cache failed."""
        self._counters[table.CACHE_ERRORS].add(1)

    def observe(self, metric: Metric, read: Callable[[], float]) -> None:
        """Have a gauge of the table read by ``read`` whenever metrics are collected."""

        def callback(_: CallbackOptions) -> Iterable[Observation]:
            yield Observation(read())

        self._meter.create_observable_gauge(
            metric.name, [callback], metric.unit, metric.description
        )
