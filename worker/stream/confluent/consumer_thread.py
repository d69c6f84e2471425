"""The one thread that owns the consumers.

It polls without a pause, also while it takes nothing: the group then knows it is alive, however
long the model thinks. Records go from here to the event loop, a poll's at once, and only what the
ledger calls committable comes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog
from confluent_kafka import KafkaException

from worker.domain.failure import Reason, Systemic
from worker.stream.confluent.commits import Commits
from worker.stream.confluent.errors import raw_error
from worker.stream.confluent.members import Members
from worker.stream.confluent.opening import Opened, open_partitions
from worker.stream.confluent.polls import Polls
from worker.stream.confluent.rebalance import Rebalances
from worker.stream.confluent.taker import Taker
from worker.stream.confluent.welcome import Welcome
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.consumer import assignor_of, connect_consumer
from worker.stream.kafka.consumer_life import ConsumerLife
from worker.stream.kafka.regulator import LOW_WATER, Regulator
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.kafka.waits import Waits
from worker.stream.ledger import Ledger
from worker.stream.protocol import Delivery
from worker.stream.witness import StreamWitness

log = structlog.get_logger(__name__)

POLL_S = 0.1
"""Longest wait in one poll, and so for a pause, a commit or a stop to be seen."""

FULL_POLL_S = 0.01
"""The same while the window is full: no record ends the poll, and there may be room soon."""

HOLD_S = 0.2
"""For which a full window is waited for before its partitions are paused. A pause throws away what
was fetched ahead; a fast pipeline has room again before."""

HOLD_STEP_S = 0.002


class ConsumerThread(ConsumerLife[Members]):
    """Takes records, commits offsets. ``deliver`` and ``failed`` are called from this thread."""

    def __init__(
        self,
        config: KafkaConfig,
        ledger: Ledger,
        commits: Commits,
        *,
        deliver: Callable[[Sequence[Delivery]], None],
        failed: Callable[[Systemic], None],
        witness: StreamWitness,
        spans: KafkaSpans,
    ) -> None:
        super().__init__(config.consumer, ledger, failed)
        self._config = config
        self._commits = commits
        self._rebalances = Rebalances(ledger, commits, witness)
        self.polls = Polls(witness)
        self._waits = Waits(config.topics, lambda: datetime.now(UTC))
        self._regulator = Regulator(config, ledger, self._waits)
        self._welcome = Welcome(config)
        self._taker = Taker(
            config,
            ledger,
            self._waits,
            deliver=lambda taken, begun_ns: deliver(spans.received(taken, begun_ns)),
            beat=self.watchdog.beat,
            witness=witness,
        )

    def stop_taking(self) -> None:
        """Hand out nothing more; go on polling and committing."""
        self._taker.taking = False

    def _connect(self) -> Members:
        if not self._started.is_set():
            # kafka-python finds out, and says in our words, why we are not let in or what is
            # missing: librdkafka waits, and tells its log.
            connect_consumer(self._config, assignor_of(self._config)).close(autocommit=False)
        try:
            members = Members(self._config, self._welcome, self._commits.answered)
            members.subscribe(
                assigned=self._rebalances.assigned,
                revoked=self._rebalances.revoked,
                lost=self._rebalances.lost,
            )
        except KafkaException as error:
            raw = raw_error(error)
            said = str(error) if raw is None else raw.str()
            raise Systemic(
                Reason.STREAM_FAILED, f"the Kafka client does not take these settings: {said}"
            ) from error
        self._join_by = time.monotonic() + self._patience_s
        return members

    @property
    def _patience_s(self) -> float:
        """The broker lets a member wait for the others for as long as they may take to poll."""
        settings = self._config.consumer
        return (settings.max_poll_interval_ms + settings.session_timeout_ms) / 1000

    def _poll_until_closed(self, consumer: Members) -> None:
        """Raises what a poll raised and is not known to go away."""
        while not self._closing.is_set():
            self.watchdog.beat()
            self._welcome.check()
            self._note_join(consumer)
            open_partitions(consumer, self._ledger, self._waits)
            full = self._hold()
            self._regulator.regulate(Opened(consumer, self._ledger), taking=self._taker.taking)
            try:
                messages = self.polls.poll(
                    consumer,
                    self._config.consumer.max_poll_records,
                    FULL_POLL_S if full else POLL_S,
                )
            except KafkaException as error:
                self._welcome.note_raised(error)
                self._welcome.check()
                raise
            if messages:
                self._taker.take(consumer, messages, self.polls.begun_ns)
            if self.polls.look(consumer):
                self._taker.look_at_standstill(consumer, self.polls.bounds)
            self._commit_if_due(consumer)

    def _note_join(self, members: Members) -> None:
        if self._started.is_set():
            return
        if members.joined:
            self._started.set()
        elif time.monotonic() > self._join_by:
            raise self._welcome.last or Systemic(
                Reason.STREAM_FAILED, f"the group was not joined within {self._patience_s:.0f} s"
            )

    def _hold(self) -> bool:
        """Wait a moment for room in a full window. Whether it is full still."""
        if self._regulator.full:
            return True
        if self._regulator.level < 1:
            return False
        deadline = time.monotonic() + HOLD_S
        while (
            self._regulator.level > LOW_WATER
            and time.monotonic() < deadline
            and self._taker.taking
            and not self._closing.is_set()
        ):
            time.sleep(HOLD_STEP_S)
        return self._regulator.level >= 1

    def _commit(self, consumer: Members) -> None:
        self._commits.commit(consumer, self._ledger)

    def _leave(self, consumer: Members, *, can_poll: bool) -> None:  # noqa: ARG002 - each can
        def take_no_more() -> None:
            consumer.pause(*(consumer.assignment() - consumer.paused()))

        def commit_last() -> None:
            self._commits.commit_last(consumer, self._ledger)

        for step in (take_no_more, commit_last, consumer.close):
            try:
                step()
            except Exception:
                log.exception("leaving_the_group_failed")  # and yet the next step is due
