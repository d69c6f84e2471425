"""Records from Kafka, in the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from worker.domain.failure import Systemic
from worker.process.watchdog import Watchdog
from worker.stream.kafka.commits import Commits, OffsetCommits
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.consumer_thread import ConsumerThread
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.ledger import Ledger, Partition
from worker.stream.progress import Progress
from worker.stream.protocol import Delivery
from worker.stream.witness import StreamWitness, Unwitnessed

Deliver = Callable[[Sequence[Delivery]], None]
Failed = Callable[[Systemic], None]


class Ends(Protocol):
    """What polls tell beside records."""

    ends: dict[Partition, int]
    """The next offset of each partition that was fetched from, as of the last fetch."""


class SourceThread(Protocol):
    """The thread that polls, of whichever client."""

    watchdog: Watchdog

    @property
    def polls(self) -> Ends:
        """Its polls."""
        ...

    def start(self) -> None:
        """Connect and join the group. Blocks until that is done. Raises ``Systemic``."""
        ...

    def stop_taking(self) -> None:
        """Hand out nothing more; go on polling and committing."""
        ...

    def close(self) -> None:
        """Commit, leave the group, end. Blocks."""
        ...


class KafkaSource:
    """The event loop's side of the consumer thread."""

    def __init__(
        self,
        config: KafkaConfig,
        commits: Commits | None = None,
        witness: StreamWitness | None = None,
        spans: KafkaSpans | None = None,
    ) -> None:
        self._config = config
        self._witness = witness or Unwitnessed()
        self._spans = spans or KafkaSpans(config)
        self._commits = commits or OffsetCommits(config, self._witness, self._spans)
        self._ledger = Ledger()
        self._arrivals: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._thread: SourceThread | None = None
        self._failure: Systemic | None = None

    async def start(self) -> None:
        """See ``Source``."""
        loop = asyncio.get_running_loop()

        def deliver(deliveries: Sequence[Delivery]) -> None:
            loop.call_soon_threadsafe(self._arrived, deliveries)

        def failed(failure: Systemic) -> None:
            loop.call_soon_threadsafe(self._failed, failure)

        self._thread = self._new_thread(deliver, failed)
        await asyncio.to_thread(self._thread.start)

    def _new_thread(self, deliver: Deliver, failed: Failed) -> SourceThread:
        return ConsumerThread(
            self._config,
            self._ledger,
            self._commits,
            deliver=deliver,
            failed=failed,
            witness=self._witness,
            spans=self._spans,
        )

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

    @property
    def oldest_age_s(self) -> float:
        """Seconds since the oldest delivery that is not yet done came; 0 without one."""
        return self._ledger.oldest_age_s

    @property
    def poll_age_s(self) -> float | None:
        """Seconds since the consumer's thread made a step; None while it does not run."""
        return self._thread.watchdog.still_s if self._thread is not None else None

    def progress(self) -> dict[Partition, Progress]:
        """How far each partition of ours is. Asks nobody: it waits for nothing."""
        ends = self._thread.polls.ends if self._thread is not None else {}
        return {
            partition: Progress.of(standing, ends.get(partition))
            for partition, standing in self._ledger.standings().items()
        }

    @property
    def partitions(self) -> frozenset[Partition]:
        """Those that are assigned to this worker now."""
        return frozenset(self._ledger.epochs())

    @property
    def epochs(self) -> dict[Partition, int]:
        """The same, with the number of the assignment of each."""
        return self._ledger.epochs()

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
