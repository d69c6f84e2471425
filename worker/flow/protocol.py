"""What the rules of the flow ask of the world outside this process."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date
from typing import Protocol

from worker.domain.failure import Failure
from worker.domain.outcome import Outcome
from worker.domain.upload import UploadEvent


class DayCounter(Protocol):
    """A count for each day (UTC), shared by all workers."""

    async def add(self, day: date, n: int) -> int:
        """Add ``n`` to the day's count, in one atomic step, and give the total so far.

        Raises ``Transient`` when the count is away, and then soon: a verdict waits for this.
        """
        ...


class Trace(Protocol):
    """Who follows one event on its way. Never raises, never waits."""

    def stage(self, name: str) -> AbstractContextManager[object]:
        """The event is in this stage inside."""
        ...

    def read(self, upload: UploadEvent) -> None:
        """The record was read: this is what it says."""
        ...

    def failed(self, failure: Failure) -> None:
        """A try failed, in the stage that the event is in."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """The outcome was published."""
        ...
