"""How what is done is committed, through librdkafka."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from confluent_kafka import KafkaException

from worker.domain.failure import Systemic
from worker.stream.confluent.errors import as_exception, error_name, raw_error, refused
from worker.stream.confluent.members import Members, as_librdkafka
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.spans import KafkaSpans
from worker.stream.ledger import Ledger, Partition
from worker.stream.witness import StreamWitness

log = structlog.get_logger(__name__)

LAST_COMMIT_S = 10.0
"""For the last commit to be answered; what is later counts as not committed."""

LOOK_S = 0.05

UNCOMMITTED = "_UNCOMMITTED"
"""The name of no error of librdkafka's: a commit that was not answered."""


class Commits(Protocol):
    """The last step of a delivery. Called from the consumers' thread."""

    def commit(self, consumer: Members, ledger: Ledger) -> None:
        """Begin to commit what the ledger calls committable. Raises ``Systemic``."""
        ...

    def commit_last(self, consumer: Members, ledger: Ledger) -> None:
        """The same before the consumers are closed: returns when nothing more is under way."""
        ...

    def before_revocation_of(
        self, consumer: Any, ledger: Ledger, partitions: Sequence[Partition]
    ) -> None:
        """Commit what can be committed of partitions that go from one consumer. Blocks."""
        ...

    def answered(self, consumer: Any, error: Any, partitions: list[Any]) -> None:
        """For librdkafka's ``on_commit``: what became of a commit that was begun."""
        ...


@dataclass(slots=True)
class _UnderWay:
    offsets: dict[Partition, int]
    begun: float
    span: AbstractContextManager[None]


class OffsetCommits:
    """Commits offsets alone: what they stand for was published before.

    While the answer is on its way the group is polled on. The next commit is begun when it is
    there: what became committable meanwhile goes with it.
    """

    def __init__(self, config: KafkaConfig, witness: StreamWitness, spans: KafkaSpans) -> None:
        self._config = config
        self._witness = witness
        self._spans = spans
        self._under_way: dict[int, _UnderWay] = {}
        self._ledger: Ledger | None = None
        self._refusal: Systemic | None = None
        self._gave_up = False
        """The last commit was not answered; nor would one be that waits without a limit."""

    def commit(self, consumer: Members, ledger: Ledger) -> None:
        """See ``Commits``."""
        if self._refusal is not None:
            raise self._refusal
        if self._under_way:
            return
        offsets = ledger.committable()
        if not offsets:
            return
        self._ledger = ledger
        try:
            for member, part in consumer.commit(offsets):
                span = self._spans.commit(part)
                span.__enter__()
                self._under_way[id(member)] = _UnderWay(part, time.monotonic(), span)
        except KafkaException as error:
            log.warning("commit_failed", error=_name(error))

    def answered(self, consumer: Any, error: Any, partitions: list[Any]) -> None:
        """See ``Commits``."""
        one = self._under_way.pop(id(consumer), None)
        if one is None:
            return  # one that was waited for
        failed = error or next((part.error for part in partitions if part.error), None)
        self._ended(one, failed)
        if failed is not None:
            self._refusal = refused(self._config, failed)
        elif self._ledger is not None:
            self._ledger.committed(one.offsets)

    def _ended(self, one: _UnderWay, failed: Any) -> None:
        spent = time.monotonic() - one.begun
        if failed is None:
            one.span.__exit__(None, None, None)
            self._witness.committed(spent)
            return
        # A rebalance is under way, or the coordinator is moving. The offsets stay committable,
        # unless the partitions go: then their next owner does some work twice.
        self._witness.committed(spent, error_name(failed))
        log.warning("commit_failed", error=error_name(failed))
        raised = as_exception(failed)
        one.span.__exit__(type(raised), raised, None)

    def commit_last(self, consumer: Members, ledger: Ledger) -> None:
        """See ``Commits``."""
        self._wait(consumer)
        self.commit(consumer, ledger)
        self._wait(consumer)
        if self._refusal is not None:
            raise self._refusal

    def _wait(self, consumer: Members) -> None:
        """For what is under way. Everything is paused: a message that comes is not taken."""
        deadline = time.monotonic() + LAST_COMMIT_S
        while self._under_way and time.monotonic() < deadline:
            consumer.consume(1, LOOK_S)
        if self._under_way:
            log.warning("commit_failed", error=UNCOMMITTED)
            self._under_way.clear()
            self._gave_up = True

    def before_revocation_of(
        self, consumer: Any, ledger: Ledger, partitions: Sequence[Partition]
    ) -> None:
        """See ``Commits``. It is waited for: whoever has them next begins there."""
        offsets = {} if self._gave_up else ledger.committable(partitions)
        if not offsets:
            return
        one = _UnderWay(offsets, time.monotonic(), self._spans.commit(offsets))
        one.span.__enter__()
        failed = _commit_now(consumer, offsets)
        self._ended(one, failed)
        if failed is None:
            ledger.committed(offsets)


def _commit_now(consumer: Any, offsets: Mapping[Partition, int]) -> Any | None:
    """The error that it failed by."""
    try:
        done = consumer.commit(offsets=as_librdkafka(offsets), asynchronous=False)
    except KafkaException as error:
        return raw_error(error)
    return next((part.error for part in done if part.error), None)


def _name(error: KafkaException) -> str:
    found = raw_error(error)
    return type(error).__name__ if found is None else error_name(found)
