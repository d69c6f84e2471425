"""The one thread that owns the consumer.

It polls without a pause, also while it takes nothing: the group then knows it is alive, however
long the model thinks. Records go from here to the event loop, and only what the ledger calls
committable comes back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from kafka import KafkaConsumer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import KafkaError, RetriableError

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Record
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.offsets import as_kafka
from worker.stream.kafka.rebalance import RebalanceListener
from worker.stream.kafka.topics import find_partitions, unreachable
from worker.stream.ledger import Ledger
from worker.stream.protocol import Delivery

log = structlog.get_logger(__name__)

POLL_MS = 100
"""Longest wait in one poll, and so for a pause, a commit or a stop to be seen."""

COMMIT_TIMEOUT_MS = 10_000
CLOSE_TIMEOUT_MS = 10_000
"""To commit and to leave, each: below a pod's usual grace of 30 s together."""

RETRY_PAUSE_S = 0.5
"""After an error that Kafka says to try again; polls would else raise it in a busy loop."""

LOW_WATER = 0.5
"""Taking goes on when this share of the limits is in flight: pausing costs fetched data."""

ASSIGNORS = {
    "cooperative-sticky": CooperativeStickyAssignor,
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
}


class ConsumerThread:
    """Takes records, commits offsets. ``deliver`` and ``failed`` are called from this thread."""

    def __init__(
        self,
        config: KafkaConfig,
        ledger: Ledger,
        *,
        deliver: Callable[[Sequence[Delivery]], None],
        failed: Callable[[Systemic], None],
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._deliver = deliver
        self._failed = failed
        self._started = threading.Event()
        self._start_failure: Systemic | None = None
        self._taking = True
        self._closing = threading.Event()
        self._paused = False
        self._commit_due = 0.0
        self._thread = threading.Thread(target=self._run, name="kafka-consumer", daemon=True)

    def start(self) -> None:
        """Connect and subscribe. Blocks until that is done. Raises ``Systemic``."""
        self._thread.start()
        self._started.wait()
        if self._start_failure is not None:
            raise self._start_failure

    def stop_taking(self) -> None:
        """Hand out nothing more; go on polling and committing."""
        self._taking = False

    def close(self) -> None:
        """Commit, leave the group, end. Blocks."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            consumer = self._connect()
        except Systemic as failure:
            self._start_failure = failure
            return
        except Exception as error:  # noqa: BLE001 - kafka-python raises its own and OSError
            self._start_failure = unreachable(self._config, error)
            return
        finally:
            self._started.set()
        try:
            self._poll_until_closed(consumer)
        except Exception as error:
            # Not one of the errors that go away: the next poll might never return.
            log.exception("consumer_failed")
            self._failed(
                Systemic(Reason.STREAM_FAILED, f"the consumer failed: {type(error).__name__}")
            )
        finally:
            self._leave(consumer)

    def _connect(self) -> Any:
        settings = self._config.consumer
        consumer = KafkaConsumer(
            **self._config.client(),
            group_id=settings.group_id,
            group_instance_id=settings.group_instance_id,
            partition_assignment_strategy=[ASSIGNORS[settings.assignor]],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=settings.max_poll_records,
            max_poll_interval_ms=settings.max_poll_interval_ms,
            session_timeout_ms=settings.session_timeout_ms,
        )
        try:
            uploads = self._config.topics.uploads
            find_partitions(
                consumer, uploads, "kafka.topics.uploads", self._config.connect_timeout_ms
            )
            consumer.subscribe([uploads], listener=RebalanceListener(self._ledger, consumer))
        except BaseException:
            consumer.close(autocommit=False)
            raise
        return consumer

    def _poll_until_closed(self, consumer: Any) -> None:
        while not self._closing.is_set():
            self._regulate(consumer)
            try:
                polled = consumer.poll(timeout_ms=POLL_MS)
            except RetriableError as error:
                log.warning("poll_failed", error=type(error).__name__)
                time.sleep(RETRY_PAUSE_S)
                continue
            self._hand_out(polled)
            self._commit_if_due(consumer)

    def _regulate(self, consumer: Any) -> None:
        """Pause at the high-water mark, resume at the low one. A new partition starts unpaused."""
        limits = self._config.consumer
        level = max(
            self._ledger.in_flight / limits.max_in_flight,
            self._ledger.in_flight_bytes / limits.max_in_flight_bytes,
        )
        if level >= 1 or not self._taking:
            self._paused = True
        elif level <= LOW_WATER:
            self._paused = False
        paused = consumer.paused()
        if self._paused:
            consumer.pause(*(consumer.assignment() - paused))
        elif paused:
            consumer.resume(*paused)

    def _hand_out(self, polled: dict[Any, list[Any]]) -> None:
        if not self._taking:
            return  # from a partition that came during the drain: not ours to begin
        deliveries = [
            delivery
            for records in polled.values()
            for record in records
            if (delivery := self._ledger.take(_record(record))) is not None
        ]
        if deliveries:
            self._deliver(deliveries)

    def _commit_if_due(self, consumer: Any) -> None:
        now = time.monotonic()
        if now >= self._commit_due:
            self._commit_due = now + self._config.consumer.commit_interval_ms / 1000
            self._commit(consumer)

    def _commit(self, consumer: Any) -> None:
        offsets = self._ledger.committable()
        if not offsets:
            return
        try:
            consumer.commit(as_kafka(offsets), timeout_ms=COMMIT_TIMEOUT_MS)
        except KafkaError as error:
            # A rebalance is under way, or the coordinator is moving. The offsets stay committable,
            # unless the partitions go: then their next owner does some work twice.
            log.warning("commit_failed", error=type(error).__name__)
        else:
            self._ledger.committed(offsets)

    def _leave(self, consumer: Any) -> None:
        try:
            self._commit(consumer)
            consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)
        except Exception:
            log.exception("leaving_the_group_failed")


def _record(record: Any) -> Record:
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        value=record.value,
        key=record.key,
        headers=tuple((name, value or b"") for name, value in record.headers),
        timestamp_ms=record.timestamp if record.timestamp >= 0 else None,
    )
