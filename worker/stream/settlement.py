"""At least once: publish, then commit."""

from __future__ import annotations

from worker.domain.record import Message
from worker.stream.protocol import Delivery, Sink, Source


class PublishThenCommit:
    """A worker that dies between the two leaves an outcome that comes again, under the same id."""

    def __init__(self, source: Source, sink: Sink) -> None:
        self._source = source
        self._sink = sink

    async def settle(self, delivery: Delivery, message: Message) -> None:
        """See ``Settlement``."""
        await self._sink.publish(message)
        self._source.done(delivery)  # lets the watermark move past it
