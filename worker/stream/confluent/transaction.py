"""One Kafka transaction, through librdkafka."""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog
from confluent_kafka import KafkaException

from worker.domain.failure import Reason, Systemic
from worker.stream.confluent.errors import FENCED, TOO_LARGE, error_name, raw_error, refused
from worker.stream.confluent.members import as_librdkafka
from worker.stream.confluent.producer import Publisher, Stored
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.outbox import Held
from worker.stream.kafka.producer import topic_of
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.kafka.transaction import ACKNOWLEDGED_WITHIN_S, Transaction
from worker.stream.witness import StreamWitness

log = structlog.get_logger(__name__)

ROOM_S = 0.01
"""Between two looks whether the producer has room again."""


LOOK_S = 0.2
"""Between two looks whether the producer can go on at all, while a message is waited for."""


class _Sent:
    """One outcome on its way."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self.over = threading.Event()
        self.error: Any = None

    def report(self, error: Any, message: Any) -> None:
        """See ``producer.Sent``."""
        self.error = error
        if error is None:
            self._held.stored(Stored.of(message))
        self.over.set()


class ConfluentTransaction(Transaction):
    """The same, by another client's calls. ``membership`` is ``Members.group_metadata()``."""

    errors = KafkaException

    def __init__(
        self, producer: Publisher, config: KafkaConfig, witness: StreamWitness, spans: KafkaSpans
    ) -> None:
        super().__init__(producer, config, witness, spans)
        self._timeout_s = config.producer.transaction_timeout_ms / 1000

    def _name_of(self, error: Exception) -> str:
        raw = raw_error(error)
        return "_OTHER" if raw is None else error_name(raw)

    def _commit(self, membership: Any) -> None:
        raw = self._producer.raw
        raw.begin_transaction()
        sent = [self._send(held) for held in self.held]
        # Before the messages are waited for: a producer that was fenced says so here at once, and
        # of its messages nothing until their time is over.
        for topic, metadata in membership.items():
            own = {place: offset for place, offset in self.offsets.items() if place.topic == topic}
            if own:
                raw.send_offsets_to_transaction(as_librdkafka(own), metadata, self._timeout_s)
        for held, one in zip(self.held, sent, strict=True):
            self._acknowledge(held, one)
        raw.commit_transaction(self._timeout_s)

    def _send(self, held: Held) -> _Sent:
        sent, topic = _Sent(held), topic_of(self._config.topics, held.message)
        while True:
            try:
                self._producer.send(topic, held.message, sent)
            except BufferError:
                time.sleep(ROOM_S)
            else:
                return sent

    def _acknowledge(self, held: Held, one: _Sent) -> None:
        """Wait for one message. Raises what it failed by."""
        deadline = time.monotonic() + ACKNOWLEDGED_WITHIN_S
        while not one.over.wait(LOOK_S) and time.monotonic() < deadline:
            if self._producer.welcome.fatal_error is not None:
                raise KafkaException(self._producer.welcome.fatal_error)
        name = None if one.error is None else error_name(one.error)
        self._witness.sent(topic_of(self._config.topics, held.message), self.age_s, name)
        if one.error is not None:
            raise KafkaException(one.error)

    def _give_up(self, error: Exception) -> Systemic | None:
        """Abort. All stays held and committable, for as long as the partitions are ours."""
        raw = raw_error(error)
        if raw is None:
            return Systemic(Reason.STREAM_FAILED, "a transaction failed: the client says not why")
        if raw.code() in TOO_LARGE:
            return Systemic(
                Reason.STREAM_FAILED,
                "the brokers take no message as large as their topic's settings say;"
                " kafka.producer.max_request_size must be lower",
            )
        refusal = refused(self._config, raw)
        if refusal is not None:
            return refusal  # and again the next time
        if raw.code() in FENCED or raw.fatal():
            return self._neither(raw, raw)
        log.warning("transaction_failed", error=error_name(raw))
        try:
            self._producer.raw.abort_transaction(self._timeout_s)
        except KafkaException as worse:
            return self._neither(raw, raw_error(worse))
        return None

    @staticmethod
    def _neither(first: Any, then: Any) -> Systemic:
        return Systemic(
            Reason.STREAM_FAILED,
            f"a transaction can neither be committed nor aborted: {error_name(first)}, then"
            f" {'_OTHER' if then is None else error_name(then)}; another worker may have the same"
            " transactional id",
        )
