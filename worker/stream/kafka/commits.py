"""How the consumer's thread commits what is done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

import structlog
from kafka.errors import KafkaError

from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.offsets import as_kafka
from worker.stream.kafka.polls import name_of
from worker.stream.kafka.refusal import refusal_of
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.ledger import Ledger, Partition
from worker.stream.witness import StreamWitness, Unwitnessed

log = structlog.get_logger(__name__)

COMMIT_TIMEOUT_MS = 10_000


class Commits(Protocol):
    """The last step of a delivery."""

    def commit(self, consumer: Any, ledger: Ledger) -> None:
        """Commit what the ledger calls committable. Called from the consumer's thread; blocks.

        What could not be committed stays committable. Raises ``Systemic`` where it never can be.
        """
        ...

    def commit_last(self, consumer: Any, ledger: Ledger) -> None:
        """The same before the consumer is closed: returns when nothing more is under way."""
        ...

    async def before_revocation(
        self, consumer: Any, ledger: Ledger, partitions: Sequence[Partition]
    ) -> None:
        """Commit what can be committed of partitions that go. On kafka-python's own IO thread."""
        ...


class OffsetCommits:
    """Commits offsets alone: what they stand for was published before."""

    def __init__(
        self,
        config: KafkaConfig,
        witness: StreamWitness | None = None,
        spans: KafkaSpans | None = None,
    ) -> None:
        self._config = config
        self._witness = witness or Unwitnessed()
        self._spans = spans or KafkaSpans(config)

    def commit(self, consumer: Any, ledger: Ledger) -> None:
        """See ``Commits``."""
        offsets = ledger.committable()
        if not offsets:
            return
        begun = time.monotonic()
        try:
            with self._spans.commit(offsets):
                consumer.commit(as_kafka(offsets), timeout_ms=COMMIT_TIMEOUT_MS)
        except KafkaError as error:
            self._witness.committed(time.monotonic() - begun, name_of(error))
            refusal = refusal_of(self._config, error)
            if refusal is not None:
                raise refusal from error
            # A rebalance is under way, or the coordinator is moving. The offsets stay committable,
            # unless the partitions go: then their next owner does some work twice.
            log.warning("commit_failed", error=type(error).__name__)
        else:
            self._witness.committed(time.monotonic() - begun)
            ledger.committed(offsets)

    def commit_last(self, consumer: Any, ledger: Ledger) -> None:
        """See ``Commits``."""
        self.commit(consumer, ledger)

    async def before_revocation(
        self, consumer: Any, ledger: Ledger, partitions: Sequence[Partition]
    ) -> None:
        """See ``Commits``."""
        offsets = ledger.committable(partitions)
        if not offsets:
            return
        begun = time.monotonic()
        try:
            with self._spans.commit(offsets):
                await consumer.commit_async(as_kafka(offsets))
        except Exception as error:
            self._witness.committed(time.monotonic() - begun, name_of(error))
            raise
        self._witness.committed(time.monotonic() - begun)
