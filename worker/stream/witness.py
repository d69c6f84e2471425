"""Who is told what a stream does: for metrics. Called from the stream's own threads, too."""

from __future__ import annotations

from typing import Protocol


class StreamWitness(Protocol):
    """None of these waits for anything, or raises. ``error`` is the name of an error's class."""

    def polled(self, topic: str, messages: int) -> None:
        """Records of a topic came."""
        ...

    def poll_ended(self, seconds: float, error: str | None = None) -> None:
        """A poll that gave records, or failed."""
        ...

    def sent(self, topic: str, seconds: float, error: str | None = None) -> None:
        """A message was sent, and all in-sync replicas have it, or it failed."""
        ...

    def committed(self, seconds: float, error: str | None = None) -> None:
        """Offsets were committed, alone or in a transaction, or could not be."""
        ...

    def rebalanced(self) -> None:
        """Partitions came or went."""
        ...


class Unwitnessed:
    """For those who do not count."""

    def polled(self, topic: str, messages: int) -> None:
        """See ``StreamWitness``."""

    def poll_ended(self, seconds: float, error: str | None = None) -> None:
        """See ``StreamWitness``."""

    def sent(self, topic: str, seconds: float, error: str | None = None) -> None:
        """See ``StreamWitness``."""

    def committed(self, seconds: float, error: str | None = None) -> None:
        """See ``StreamWitness``."""

    def rebalanced(self) -> None:
        """See ``StreamWitness``."""
