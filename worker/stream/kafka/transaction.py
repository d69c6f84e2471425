"""One Kafka transaction."""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.offsets import as_kafka
from worker.stream.kafka.outbox import Held
from worker.stream.kafka.polls import name_of
from worker.stream.kafka.producer import send, topic_of
from worker.stream.kafka.refusal import refusal_of
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.ledger import Partition
from worker.stream.witness import StreamWitness

log = structlog.get_logger(__name__)


ACKNOWLEDGED_WITHIN_S = 600.0
"""Never reached: the producer itself gives a message up long before."""


class Transaction:
    """Outcomes, and the offsets of the records that they are of.

    It runs on a thread of its own: kafka-python waits in it without a limit, and whoever polls the
    group cannot.
    """

    errors: type[Exception] = KafkaError
    """What the client raises."""

    def __init__(
        self, producer: Any, config: KafkaConfig, witness: StreamWitness, spans: KafkaSpans
    ) -> None:
        self._producer = producer
        self._config = config
        self._witness = witness
        self._spans = spans
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._committed = False
        self._failure: Systemic | None = None
        self.held: list[Held] = []
        self.offsets: dict[Partition, int] = {}

    def begin(self, held: list[Held], offsets: dict[Partition, int], membership: Any) -> None:
        """Begin it. ``membership`` is the consumer's in its group, from before the offsets."""
        self.held, self.offsets = held, offsets
        threading.Thread(
            target=self._run, args=(membership,), name="kafka-transaction", daemon=True
        ).start()

    @property
    def age_s(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self._begun

    def wait(self, timeout_s: float) -> bool:
        """Whether it is over, one way or the other."""
        return self._over.wait(timeout_s)

    def committed(self) -> bool:
        """Of one that is over: False if it was aborted, and may be tried anew.

        Raises ``Systemic`` if no further one can be begun.
        """
        if self._failure is not None:
            raise self._failure
        return self._committed

    def _run(self, membership: Any) -> None:
        try:
            with self._spans.commit(self.offsets):
                self._commit(membership)
            self._committed = True
            self._witness.committed(self.age_s)
        except self.errors as error:
            self._witness.committed(self.age_s, self._name_of(error))
            self._failure = self._give_up(error)
        except Exception as error:
            log.exception("transaction_broke")
            self._failure = Systemic(
                Reason.STREAM_FAILED, f"a transaction failed: {type(error).__name__}"
            )
        finally:
            self._over.set()

    def _name_of(self, error: Exception) -> str:
        return name_of(error)

    def _commit(self, membership: Any) -> None:
        producer = self._producer
        producer.begin_transaction()
        sent = [send(producer, self._config.topics, one.message) for one in self.held]
        # Before anything is said of a commit: kafka-python 3.0.12, told to commit while a message
        # is on its way that then fails, commits the others and the offsets without it.
        for held, one in zip(self.held, sent, strict=True):
            self._acknowledged(held, one)
        producer.send_offsets_to_transaction(as_kafka(self.offsets), membership)
        producer.commit_transaction()

    def _acknowledged(self, held: Held, sent: Any) -> None:
        """Wait for one message. Raises what it failed by."""
        topic, error = topic_of(self._config.topics, held.message), None
        try:
            held.stored(sent.get(timeout=ACKNOWLEDGED_WITHIN_S))
        except KafkaError as failed:
            error = name_of(failed)
            raise
        finally:
            self._witness.sent(topic, self.age_s, error)

    def _give_up(self, error: Exception) -> Systemic | None:
        """Abort. All stays held and committable, for as long as the partitions are ours."""
        if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
            return Systemic(
                Reason.STREAM_FAILED,
                "the brokers take no message as large as their topic's settings say;"
                " kafka.producer.max_request_size must be lower",
            )
        refusal = refusal_of(self._config, error)
        if refusal is not None:
            return refusal  # and again the next time
        log.warning("transaction_failed", error=type(error).__name__)
        try:
            self._producer.abort_transaction()
        except KafkaError as worse:
            return Systemic(
                Reason.STREAM_FAILED,
                f"a transaction can neither be committed nor aborted: {type(error).__name__}, then"
                f" {type(worse).__name__}; another worker may have the same transactional id",
            )
        return None
