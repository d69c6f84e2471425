"""What comes of asking for a content's answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Lookup(StrEnum):
    """One for each content asked for: a closed list, fit for a metric label."""

    HIT = "hit"
    """The cache had it."""
    MISS = "miss"
    """The model is asked."""
    JOINED = "joined"
    """Another event's flight was waited for, in this worker or in another."""
    ERROR = "error"
    """No cache answered; the model is asked."""


class WaitOutcome(StrEnum):
    """How the wait for another worker's lease ended."""

    ANSWERED = "answered"
    TAKEN_OVER = "taken_over"
    """It was given back, or ran out, without an answer: this worker asks."""


class LookupWitness(Protocol):
    """Is told of them."""

    def looked_up(self, result: Lookup) -> None:
        """A content was asked for."""
        ...

    def waited_for_lease(self, outcome: WaitOutcome) -> None:
        """Another worker's lease was waited for."""
        ...


class Unwitnessed:
    """For those who do not count."""

    def looked_up(self, result: Lookup) -> None:
        """See ``LookupWitness``."""

    def waited_for_lease(self, outcome: WaitOutcome) -> None:
        """See ``LookupWitness``."""
