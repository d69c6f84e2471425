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
from kafka.errors import KafkaError, RetriableError
from kafka.structs import MemberState

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

JOINING_POLL_MS = 2_000
"""The same while the group is being joined. kafka-python throws a join away whose answer came
between two polls, and asks anew; on a busy machine short polls may never see it joined."""

COMMIT_TIMEOUT_MS = 10_000
CLOSE_TIMEOUT_MS = 10_000
"""To commit and to leave, each."""

SETTLE_TIMEOUT_S = 10.0
"""For a rebalance to end before the last commit; it then counts as lost, and work is done twice."""

RETRY_PAUSE_S = 0.5
"""After an error that Kafka says to try again; polls would else raise it in a busy loop."""

LOW_WATER = 0.5
"""Taking goes on when this share of the limits is in flight: pausing costs fetched data."""


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
        self._unstable_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="kafka-consumer", daemon=True)

    def start(self) -> None:
        """Connect and join the group. Blocks until that is done. Raises ``Systemic``."""
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
            if self._start_failure is not None:
                self._started.set()
        try:
            self._poll_until_closed(consumer)
        except Systemic as failure:
            self._failed(failure)
        except Exception as error:
            # Not one of the errors that go away: the next poll might never return.
            log.exception("consumer_failed")
            self._failed(
                Systemic(Reason.STREAM_FAILED, f"the consumer failed: {type(error).__name__}")
            )
        finally:
            self._started.set()
            self._leave(consumer)

    def _connect(self) -> Any:
        settings = self._config.consumer
        consumer = KafkaConsumer(
            **self._config.client(),
            group_id=settings.group_id,
            group_instance_id=settings.group_instance_id,
            # The only one. With the eager ones kafka-python keeps the position of a partition that
            # it takes away and gives back, and what was in flight would not come again.
            partition_assignment_strategy=[CooperativeStickyAssignor],
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
        """Raises what a poll raised and is not known to go away."""
        while not self._closing.is_set():
            self._regulate(consumer)
            try:
                stable = self._is_stable(consumer)
                polled = consumer.poll(timeout_ms=POLL_MS if stable else JOINING_POLL_MS)
            except RetriableError as error:
                log.warning("poll_failed", error=type(error).__name__)
                time.sleep(RETRY_PAUSE_S)
                continue
            self._hand_out(polled)
            self._commit_if_due(consumer)

    def _is_stable(self, consumer: Any) -> bool:
        """Whether the group is joined and at rest. Raises ``Systemic`` if it never comes to rest.

        The broker lets a member wait for the others for as long as ``max_poll_interval_ms``.
        """
        if consumer.group_metadata().state is MemberState.STABLE:
            self._unstable_since = None
            self._started.set()
            return True
        # kafka-python 3.0.12 asks itself whether it needs to join, and not whether it is joining. A
        # leader that has dealt out the partitions, and whose poll ended before the broker confirmed
        # them, needs to join no more by that count: nobody awaits the join, no heartbeat is sent,
        # and the group goes on without us. Asking for a join again makes it await that one.
        consumer._coordinator.request_rejoin()  # noqa: SLF001 - there is no public way
        now = time.monotonic()
        if self._unstable_since is None:
            self._unstable_since = now
        settings = self._config.consumer
        patience_s = (settings.max_poll_interval_ms + settings.session_timeout_ms) / 1000
        if now - self._unstable_since > patience_s:
            raise Systemic(
                Reason.STREAM_FAILED, f"the group was not joined within {patience_s:.0f} s"
            )
        return False

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
        if now >= self._commit_due and self._is_stable(consumer):
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
        for step in (
            lambda: self._settle(consumer),
            lambda: self._commit(consumer),
            lambda: consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS),
        ):
            try:
                step()
            except Exception:
                log.exception("leaving_the_group_failed")  # and yet the next step is due

    def _settle(self, consumer: Any) -> None:
        """Let a rebalance under way come to its end, or what is done could not be committed."""
        self._taking = False
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while self._ledger.committable() and time.monotonic() < deadline:
            self._regulate(consumer)
            if self._is_stable(consumer):
                return
            consumer.poll(timeout_ms=JOINING_POLL_MS)


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
