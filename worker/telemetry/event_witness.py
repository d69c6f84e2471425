"""What happens while an answer is come to goes into the journey and the metrics."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from worker.domain.failure import Failure
from worker.domain.generation import Generation
from worker.flow.journey import Journey
from worker.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class EventWitness:
    """See ``Witness`` of the answerer."""

    journey: Journey
    metrics: Metrics

    def stage(self, name: str) -> AbstractContextManager[None]:
        """See ``Witness``."""
        return self.journey.stage(name)

    def failed(self, failure: Failure) -> None:
        """See ``Witness``."""
        self.journey.failed(failure)
        self.metrics.retry(failure)

    def generated(self, generation: Generation) -> None:
        """See ``Witness``."""
        self.metrics.generation(generation)
