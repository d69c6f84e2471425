"""What a stream does, counted by the semantic conventions for messaging and by our own names."""

from __future__ import annotations

from worker.telemetry.instruments import Instruments
from worker.telemetry.messaging import KAFKA
from worker.telemetry.table import delivery, messaging
from worker.telemetry.table.delivery import CommitResult
from worker.telemetry.table.messaging import Operation

ERROR = messaging.ERROR.name
DESTINATION = messaging.DESTINATION.name


class StreamMetrics:
    """A ``StreamWitness``. Called from the stream's threads, too."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def polled(self, topic: str, messages: int) -> None:
        """See ``StreamWitness``."""
        self._instruments.add(
            messaging.CONSUMED, messages, {**_of(Operation.POLL, None), DESTINATION: topic}
        )

    def poll_ended(self, seconds: float, error: str | None = None) -> None:
        """See ``StreamWitness``. A poll may give records of several topics, and names none."""
        self._instruments.record(messaging.OPERATION_DURATION, seconds, _of(Operation.POLL, error))

    def sent(self, topic: str, seconds: float, error: str | None = None) -> None:
        """See ``StreamWitness``."""
        attributes = {**_of(Operation.SEND, error), DESTINATION: topic}
        self._instruments.add(messaging.SENT, 1, attributes)
        self._instruments.record(messaging.OPERATION_DURATION, seconds, attributes)

    def committed(self, seconds: float, error: str | None = None) -> None:
        """See ``StreamWitness``."""
        result = CommitResult.OK if error is None else CommitResult.FAILED
        self._instruments.add(delivery.COMMITS, 1, {"result": result.value})
        self._instruments.record(
            messaging.OPERATION_DURATION, seconds, _of(Operation.COMMIT, error)
        )

    def rebalanced(self) -> None:
        """See ``StreamWitness``."""
        self._instruments.add(delivery.REBALANCES)

    def processed(self, topic: str, seconds: float, error: str | None = None) -> None:
        """A record has its outcome; ``error`` is the reason of one without a verdict."""
        self._instruments.record(
            messaging.PROCESS_DURATION,
            seconds,
            {**_of(Operation.PROCESS, error), DESTINATION: topic},
        )


def _of(operation: Operation, error: str | None) -> dict[str, str]:
    found = {messaging.SYSTEM.name: KAFKA, messaging.OPERATION.name: operation.value}
    return found if error is None else {**found, ERROR: error}
