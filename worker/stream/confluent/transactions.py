"""Consume, process and produce in one Kafka transaction, through librdkafka."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaException

from worker.domain.failure import Reason, Systemic
from worker.stream.confluent.errors import error_name, raw_error, refused
from worker.stream.confluent.producer import Publisher, open_publisher
from worker.stream.confluent.transaction import ConfluentTransaction
from worker.stream.kafka.transactions import Transactions
from worker.stream.ledger import Ledger, Partition


class ConfluentTransactions(Transactions):
    """The same, by another client's calls."""

    def _connect(self) -> Publisher:
        name = self._name()
        publisher = open_publisher(self._config, transactional_id=name)
        try:
            publisher.raw.init_transactions(self._config.connect_timeout_ms / 1000)
        except KafkaException as error:
            publisher.close(0)
            raw = raw_error(error)
            refusal = publisher.welcome.last or (raw and refused(self._config, raw))
            if refusal is not None:
                raise refusal from error
            raise Systemic(
                Reason.STREAM_FAILED,
                f"no transaction can be begun as {name!r} (kafka.producer.transactional_id):"
                f" {type(error).__name__ if raw is None else error_name(raw)}",
            ) from error
        return publisher

    def _new_transaction(self) -> ConfluentTransaction:
        return ConfluentTransaction(self._producer, self._config, self._witness, self._spans)

    def before_revocation_of(
        self, consumer: Any, ledger: Ledger, partitions: Sequence[Partition]
    ) -> None:
        """See ``Commits``. Nothing: a transaction would hold up the thread that polls the group."""

    def answered(self, consumer: Any, error: Any, partitions: list[Any]) -> None:
        """See ``Commits``. Offsets are committed by the producer."""

    async def close(self) -> None:
        """Disconnect. What is still held is not published; its records come again."""
        if self._producer is not None:
            await asyncio.to_thread(self._producer.close)
