"""What the pipeline asks of a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from worker.domain.record import Headers, Message, Record


@dataclass(frozen=True, slots=True)
class Delivery:
    """One record handed to this worker, under one assignment of its partition."""

    record: Record
    epoch: int
    """Counts the assignments of the partition. Work done under an old one is never committed."""
    received: Headers = field(default=(), compare=False)
    """The trace context of the poll that brought it, where there is tracing."""


class OutcomeTooLarge(Exception):
    """The stream does not take a message of this size; a smaller one may go."""


class Source(Protocol):
    """Records in, settlements back. At least once: what was not settled comes again.

    The source holds no more than its high-water mark of unsettled deliveries (items and bytes);
    beyond that it pauses until enough are settled.
    """

    async def start(self) -> None:
        """Join the group. Raises ``Systemic`` if the broker is away or a topic is missing."""
        ...

    def deliveries(self) -> AsyncIterator[Delivery]:
        """Records as they come, until ``stop_taking()``. Raises ``Systemic``."""
        ...

    def done(self, delivery: Delivery) -> None:
        """Note that the delivery has its outcome. Never blocks.

        The offset is committed once all before it in the partition are done too; a delivery of
        a revoked assignment is ignored, for its new owner works on it.
        """
        ...

    async def stop_taking(self) -> None:
        """Hand out nothing more. Deliveries already handed out can still be settled."""
        ...

    async def close(self) -> None:
        """Commit what may be committed, leave the group, give everything back."""
        ...


class Sink(Protocol):
    """Messages out."""

    async def start(self) -> None:
        """Connect. Raises ``Systemic`` if the broker is away or a topic is missing."""
        ...

    async def publish(self, message: Message) -> None:
        """Return once every in-sync replica has the message.

        Raises ``OutcomeTooLarge`` for this message, or ``Systemic``.
        """
        ...

    async def close(self) -> None:
        """Flush and disconnect."""
        ...


class Settlement(Protocol):
    """How an outcome and its delivery's end come together: the promise that a worker makes."""

    async def settle(self, delivery: Delivery, message: Message) -> None:
        """Publish the delivery's outcome, and have its offset committed once all before it are.

        Raises ``OutcomeTooLarge``, with nothing published or noted, or ``Systemic``.
        """
        ...
