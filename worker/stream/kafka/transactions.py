"""Consume, process and produce in one Kafka transaction."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from typing import Any

from kafka.errors import KafkaError

from worker.domain.failure import Reason, Systemic
from worker.domain.record import Message
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.message_sizes import largest_message, size_of
from worker.stream.kafka.outbox import Held, Outbox
from worker.stream.kafka.producer import close_producer, open_producer, topic_of
from worker.stream.kafka.refusal import refusal_of
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.kafka.transaction import Transaction
from worker.stream.ledger import Ledger, Partition
from worker.stream.protocol import Delivery, OutcomeTooLarge, Source
from worker.stream.witness import StreamWitness, Unwitnessed

SHORT_WAIT_S = 1.0
"""For a transaction just begun: the usual one takes some milliseconds, and the next poll waits."""


class Transactions:
    """A settlement whose outcomes and offsets become visible together, or not at all.

    An outcome is held until all before it in its partition have theirs; then the consumer's thread
    puts them and the offset behind them into one transaction. A worker that lost its partitions
    without knowing is refused by the group's coordinator (KIP-447), and its transaction ends
    without effect.
    """

    def __init__(
        self,
        config: KafkaConfig,
        witness: StreamWitness | None = None,
        spans: KafkaSpans | None = None,
    ) -> None:
        self._config = config
        self._witness = witness or Unwitnessed()
        self._spans = spans or KafkaSpans(config)
        self._outbox = Outbox()
        self._source: Source | None = None
        self._producer: Any = None
        self._largest = 0
        self._under_way: Transaction | None = None
        self._failing_since: float | None = None
        self._broken = False
        self._patience_s = config.producer.transaction_timeout_ms / 1000

    def settles(self, source: Source) -> None:
        """For deliveries of this source."""
        self._source = source

    async def start(self) -> None:
        """Connect, and end what a worker of the same name left open. Raises ``Systemic``."""
        self._producer = await asyncio.to_thread(self._connect)
        self._largest = await asyncio.to_thread(largest_message, self._config)

    def _connect(self) -> Any:
        name = self._name()
        producer = open_producer(self._config, transactional_id=name)
        try:
            producer.init_transactions()
        except KafkaError as error:
            producer.close(timeout=0)
            refusal = refusal_of(self._config, error)
            if refusal is not None:
                raise refusal from error
            raise Systemic(
                Reason.STREAM_FAILED,
                f"no transaction can be begun as {name!r} (kafka.producer.transactional_id):"
                f" {type(error).__name__}",
            ) from error
        return producer

    def _name(self) -> str:
        consumer = self._config.consumer
        return self._config.producer.transactional_id or (
            f"{consumer.group_id}-{consumer.group_instance_id or uuid.uuid4()}"
        )

    def _new_transaction(self) -> Transaction:
        return Transaction(self._producer, self._config, self._witness, self._spans)

    async def settle(self, delivery: Delivery, message: Message) -> None:
        """See ``Settlement``. Returns once the transaction is committed.

        Also where the partition went to another worker meanwhile: it publishes the outcome.
        """
        with self._spans.send(topic_of(self._config.topics, message), message) as sent:
            await self._settle(delivery, sent)

    async def _settle(self, delivery: Delivery, message: Message) -> None:
        assert self._source is not None, "settles() comes first"
        if size_of(message) > self._largest:
            raise OutcomeTooLarge
        published: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outbox.put(Held(delivery, message, published, self._spans.stored()))
        self._source.done(delivery)
        await published

    def commit(self, consumer: Any, ledger: Ledger) -> None:
        """See ``Commits``. Waits for a transaction a moment only: the group must be polled."""
        if not self._ended(ledger, wait_s=0.0):
            return
        self._outbox.settle(self._outbox.superseded(ledger))
        # Before the offsets: if the group changes in between, the coordinator refuses them.
        membership = consumer.group_metadata()
        offsets = ledger.committable()
        if offsets:
            held = self._outbox.before(offsets, ledger)
            self._under_way = self._new_transaction()
            self._under_way.begin(held, offsets, membership)
            self._ended(ledger, wait_s=SHORT_WAIT_S)

    def commit_last(self, consumer: Any, ledger: Ledger) -> None:
        """See ``Commits``."""
        if self._broken:
            return  # told already; nothing more comes of it
        if self._ended(ledger, wait_s=self._patience_s):
            self.commit(consumer, ledger)
            self._ended(ledger, wait_s=self._patience_s)

    def _ended(self, ledger: Ledger, *, wait_s: float) -> bool:
        try:
            return self._look(ledger, wait_s)
        except Systemic:
            self._broken = True
            raise

    def _look(self, ledger: Ledger, wait_s: float) -> bool:
        """Whether no transaction is under way, and what it came to noted.

        Raises ``Systemic`` where it neither succeeds nor fails: whether it was committed is then
        seen by the worker that reads the offsets next.
        """
        transaction = self._under_way
        if transaction is None:
            return True
        if not transaction.wait(wait_s):
            if transaction.age_s > self._patience_s:
                raise Systemic(
                    Reason.STREAM_FAILED,
                    f"a transaction did not end within {self._patience_s:g} s"
                    " (kafka.producer.transaction_timeout_ms)",
                )
            return False
        self._under_way = None
        if transaction.committed():  # raises Systemic
            self._failing_since = None
            ledger.committed(transaction.offsets)
            self._outbox.settle(transaction.held)
        else:
            self._note_failure()
        return True

    def _note_failure(self) -> None:
        """Raises ``Systemic`` where none has succeeded for as long as a message may take."""
        now, limit_s = time.monotonic(), self._config.producer.delivery_timeout_ms / 1000
        if self._failing_since is None:
            self._failing_since = now
        if now - self._failing_since > limit_s:
            raise Systemic(
                Reason.STREAM_FAILED,
                f"no transaction could be committed for {limit_s:g} s"
                " (kafka.producer.delivery_timeout_ms); the log has each",
            )

    async def before_revocation(
        self, consumer: Any, ledger: Ledger, partitions: Sequence[Partition]
    ) -> None:
        """See ``Commits``. Nothing: a transaction would hold up the thread of the heartbeats."""

    async def close(self) -> None:
        """Disconnect. What is still held is not published; its records come again."""
        if self._producer is not None:
            await asyncio.to_thread(close_producer, self._producer)
