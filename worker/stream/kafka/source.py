"""Records from Kafka, in the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from worker.domain.failure import Systemic
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.consumer_thread import ConsumerThread
from worker.stream.ledger import Ledger
from worker.stream.protocol import Delivery


class KafkaSource:
    """The event loop's side of the consumer thread."""

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._ledger = Ledger()
        self._arrivals: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._thread: ConsumerThread | None = None
        self._failure: Systemic | None = None

    async def start(self) -> None:
        """See ``Source``."""
        loop = asyncio.get_running_loop()

        def deliver(deliveries: Sequence[Delivery]) -> None:
            loop.call_soon_threadsafe(self._arrived, deliveries)

        def failed(failure: Systemic) -> None:
            loop.call_soon_threadsafe(self._failed, failure)

        self._thread = ConsumerThread(self._config, self._ledger, deliver=deliver, failed=failed)
        await asyncio.to_thread(self._thread.start)

    def _arrived(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._arrivals.put_nowait(delivery)

    def _failed(self, failure: Systemic) -> None:
        """Nothing more comes, and nothing more is committed: what has arrived is not begun."""
        self._failure = failure
        self._end_deliveries()

    def _end_deliveries(self) -> None:
        while not self._arrivals.empty():
            self._arrivals.get_nowait()
        self._arrivals.put_nowait(None)

    @property
    def in_flight(self) -> int:
        """Deliveries not yet done."""
        return self._ledger.in_flight

    async def deliveries(self) -> AsyncIterator[Delivery]:
        """See ``Source``."""
        while (arrival := await self._arrivals.get()) is not None:
            yield arrival
        if self._failure is not None:
            raise self._failure

    def done(self, delivery: Delivery) -> None:
        """See ``Source``."""
        self._ledger.done(delivery)

    async def stop_taking(self) -> None:
        """See ``Source``. What has arrived and was not yet handed out is not begun either."""
        assert self._thread is not None, "start() comes first"
        self._thread.stop_taking()
        self._end_deliveries()

    async def close(self) -> None:
        """See ``Source``. Raises the ``Systemic`` that nobody has met yet, from during a drain."""
        if self._thread is not None:
            await asyncio.to_thread(self._thread.close)
        if self._failure is not None:
            raise self._failure
