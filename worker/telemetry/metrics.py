"""The worker's metrics, recorded through OpenTelemetry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import structlog
from opentelemetry.metrics import Meter, NoOpMeter

from worker.cache.lookup import Lookup, WaitOutcome
from worker.decode.loss import Loss
from worker.detector.engine_end import EngineEnd
from worker.domain.dead_letter import DeadLetter
from worker.domain.failure import Failure
from worker.domain.generation import Generation
from worker.domain.outcome import Outcome
from worker.domain.postponement import Diversion, Postponement
from worker.domain.record import Record
from worker.domain.verdict import VerdictEvent
from worker.flow.journey import Journey
from worker.telemetry.instruments import Figures, Instruments
from worker.telemetry.kept_counts import KeptCounts
from worker.telemetry.last_outcomes import LastOutcomes
from worker.telemetry.metric import Metric
from worker.telemetry.stream_metrics import StreamMetrics
from worker.telemetry.table import cache, delivery, engine, media, process, verdicts
from worker.telemetry.table.process import BreakerName

log = structlog.get_logger(__name__)


class Metrics:
    """Counts what happens. Without a meter it counts into nothing."""

    def __init__(self, meter: Meter | None = None) -> None:
        self._instruments = Instruments(meter or NoOpMeter("ivy-worker"))
        self._breakers: dict[BreakerName, Callable[[], bool]] = {}
        self._ends: KeptCounts | None = None
        self._fresh: list[Callable[[VerdictEvent], None]] = []
        self.stream = StreamMetrics(self._instruments)
        self.last_outcomes = LastOutcomes()

    def show_zeros(self) -> None:
        """Begin the counters at 0, but for those that the engine counts."""
        self._instruments.show_zeros(engine.PREEMPTIONS)

    def on_fresh_verdict(self, note: Callable[[VerdictEvent], None]) -> None:
        """Have ``note`` called with every verdict that the model was asked for."""
        self._fresh.append(note)

    def outcome(self, outcome: Outcome, journey: Journey) -> None:
        """An event has its outcome published."""
        timings = journey.timings_ms()
        for stage, milliseconds in timings.items():
            self._instruments.record(verdicts.STAGE_DURATION, milliseconds / 1000, {"stage": stage})
        reason = outcome.reason.value if isinstance(outcome, DeadLetter | Postponement) else None
        self.stream.processed(journey.record.topic, timings["total"] / 1000, reason)
        if isinstance(outcome, Diversion):
            self._instruments.add(delivery.DIVERTED)
            self.last_outcomes.note("diverted")
        elif isinstance(outcome, Postponement):
            self._postponed(outcome)
        elif isinstance(outcome, DeadLetter):
            self._dead_letter(outcome)
        else:
            self._verdict(outcome, journey)

    def _postponed(self, outcome: Postponement) -> None:
        self._instruments.add(
            delivery.POSTPONED, 1, {"reason": outcome.reason.value, "tier": outcome.tier}
        )
        self.last_outcomes.note(f"postponed: {outcome.reason.value}")
        log.warning(
            "postponed",
            reason=outcome.reason.value,
            detail=outcome.detail,
            record=outcome.record.coordinates,
            event_id=outcome.event_id,
            not_before=outcome.not_before.isoformat(),
        )

    def _dead_letter(self, outcome: DeadLetter) -> None:
        self._instruments.add(delivery.DEAD_LETTERS, 1, {"reason": outcome.reason.value})
        self.last_outcomes.note(f"dead letter: {outcome.reason.value}")
        log.warning(
            "dead_letter",
            reason=outcome.reason.value,
            detail=outcome.detail,
            record=outcome.record.coordinates,
            event_id=outcome.event_id,
            attempts=outcome.attempts,
        )

    def _verdict(self, outcome: VerdictEvent, journey: Journey) -> None:
        self._instruments.add(
            verdicts.VERDICTS,
            1,
            {
                "label": outcome.label.value,
                "action": outcome.action_hint.value,
                "cached": outcome.cache.cached,
            },
        )
        self.last_outcomes.note(outcome.label.value)
        if not outcome.cache.cached:
            self._answered(outcome)
        if journey.recorded_at is not None:
            age = (outcome.verdict_at - journey.recorded_at).total_seconds()
            # Clocks of two machines: a record from the future has no meaningful age.
            self._instruments.record(verdicts.EVENT_AGE, max(0.0, age))

    def _answered(self, verdict: VerdictEvent) -> None:
        for note in self._fresh:
            note(verdict)
        if verdict.score_mass is not None:
            self._instruments.record(verdicts.LABEL_MASS, verdict.score_mass)
        if verdict.two_passes is not None:
            passes = verdict.two_passes
            self._instruments.add(
                verdicts.SECOND_PASSES,
                1,
                {"trigger": passes.trigger.value, "agree": passes.agree},
            )

    def retry(self, failure: Failure) -> None:
        """A try failed."""
        self._instruments.add(delivery.RETRIES, 1, {"reason": failure.reason.value})

    def generation(self, generation: Generation) -> None:
        """The model answered."""
        self._instruments.add(engine.TOKENS, generation.prompt_tokens, {"type": "input"})
        self._instruments.add(engine.TOKENS, generation.completion_tokens, {"type": "output"})

    def unexpected(self, error: Exception, record: Record) -> None:
        """An error that is a bug of ours, met by one record."""
        self._instruments.add(process.UNEXPECTED)
        log.error("unexpected_error", record=record.coordinates, exc_info=error)

    def keep_engine_ends(self, file: Path) -> None:
        """Go on from the ends of the engine that earlier processes counted into ``file``."""
        self._ends = KeptCounts(file)
        for end in EngineEnd:
            self._instruments.add(
                engine.ENDED, self._ends.counts.get(end.value, 0), {"reason": end.value}
            )

    def engine_ended(self, end: EngineEnd) -> None:
        """The engine ended, and should not have."""
        self._instruments.add(engine.ENDED, 1, {"reason": end.value})
        if self._ends is not None:
            self._ends.add(end.value)

    def cache_error(self) -> None:
        """A call to the cache failed."""
        self._instruments.add(cache.CACHE_ERRORS)

    def looked_up(self, result: Lookup) -> None:
        """See ``LookupWitness``."""
        self._instruments.add(cache.LOOKUPS, 1, {"result": result.value})

    def waited_for_lease(self, outcome: WaitOutcome) -> None:
        """See ``LookupWitness``."""
        self._instruments.add(cache.LEASE_WAITS, 1, {"outcome": outcome.value})

    def decode_process_lost(self, loss: Loss) -> None:
        """A decode process is no more."""
        self._instruments.add(media.DECODE_LOST, 1, {"reason": loss.value})

    def breaker(self, name: BreakerName, is_open: Callable[[], bool]) -> None:
        """Have a breaker's gauge read by ``is_open``."""
        self._breakers[name] = is_open
        if len(self._breakers) == 1:
            self.observe_each(
                process.BREAKER,
                lambda: {one.value: float(read()) for one, read in self._breakers.items()},
            )

    def open_breakers(self) -> dict[str, bool]:
        """By name, whether each is open now."""
        return {name.value: is_open() for name, is_open in self._breakers.items()}

    def observe(self, metric: Metric, read: Callable[[], float | None]) -> None:
        """Have a gauge of the table read by ``read`` whenever metrics are collected.

        None leaves it out.
        """

        def figures() -> Figures:
            figure = read()
            return [] if figure is None else [({}, figure)]

        self._instruments.observe(metric, figures)

    def observe_each(self, metric: Metric, read: Callable[[], Mapping[str, float]]) -> None:
        """The same for a gauge with one attribute; ``read`` gives a figure for each value of it."""
        (attribute,) = metric.attributes
        self._instruments.observe(
            metric, lambda: [({attribute: value}, figure) for value, figure in read().items()]
        )

    def observe_all(self, metric: Metric, read: Callable[[], Figures]) -> None:
        """The same for a gauge with several."""
        self._instruments.observe(metric, read)
