"""Whether the brokers go on letting us in."""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog
from confluent_kafka import KafkaError as RawError
from confluent_kafka import KafkaException

from worker.domain.failure import Reason, Systemic
from worker.stream.confluent.errors import raw_error, refused
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.tokens import TokenUnavailable
from worker.stream.kafka.watched_client import PATIENCE_S

log = structlog.get_logger(__name__)

FORGOTTEN_AFTER_S = 30.0
"""Between two refusals of one spell: librdkafka tries again after 10 s at most
(``reconnect.backoff.max.ms``) and reports each."""


class Welcome:
    """The refusals that a client met, one after the other. Any thread may note one.

    librdkafka tries again without end whatever a connection failed by, and says so to its
    ``error_cb`` only.
    """

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._refusal: Systemic | None = None
        self._first = self._last = 0.0
        self._no_token: Systemic | None = None
        self._fatal: Systemic | None = None
        self.fatal_error: Any = None
        """librdkafka's own, after which the client does nothing more."""

    def note(self, error: Any) -> None:
        """For librdkafka's ``error_cb``. What is no refusal goes away by itself."""
        if error.fatal():
            self._fatal, self.fatal_error = fatal(self._config, error), error
            return
        refusal = refused(self._config, error)
        if refusal is None:
            if error.code() != RawError._TRANSPORT:  # noqa: SLF001 - told by its log already
                log.warning("kafka_client_error", error=error.name())
            return
        self._note(refusal)

    def note_raised(self, error: KafkaException) -> None:
        """For what a poll raised."""
        raw = raw_error(error)
        if raw is not None:
            self.note(raw)

    def note_token(self, error: TokenUnavailable | None) -> None:
        """Whether there was a token when it was last asked for.

        While there is none, librdkafka goes on with the old one, and when that has ended the
        brokers refuse it: their word is then a consequence, and not the one to be told.
        """
        if error is None:
            self._no_token = None
            return
        self._no_token = Systemic(Reason.STREAM_FAILED, str(error))
        self._note(self._no_token)

    def _note(self, refusal: Systemic) -> None:
        now = time.monotonic()
        with self._lock:
            if now - self._last > FORGOTTEN_AFTER_S:
                self._first = now
            self._last, self._refusal = now, self._no_token or refusal

    def check(self) -> None:
        """Raises ``Systemic`` after a fatal error, or refusals for longer than patience lasts."""
        if self._fatal is not None:
            raise self._fatal
        with self._lock:
            refusal = self._refusal
            if refusal is None or time.monotonic() - self._last > FORGOTTEN_AFTER_S:
                return
            if self._last - self._first >= PATIENCE_S:
                raise refusal

    @property
    def recent(self) -> Systemic | None:
        """A refusal of just now; the reason of what goes wrong beside it."""
        with self._lock:
            fresh = time.monotonic() - self._last <= FORGOTTEN_AFTER_S
            return self._refusal if fresh else None

    @property
    def last(self) -> Systemic | None:
        """The last refusal, however long ago."""
        return self._fatal or self._refusal


def fatal(config: KafkaConfig, error: Any) -> Systemic:
    """The failure of a client that can do nothing more."""
    refusal = refused(config, error)
    if refusal is not None:
        return refusal
    if error.code() == RawError.FENCED_INSTANCE_ID:
        return Systemic(
            Reason.STREAM_FAILED,
            "another member of the group has our name (kafka.consumer.group_instance_id): each"
            " worker needs one of its own",
        )
    return Systemic(Reason.STREAM_FAILED, f"the Kafka client can do nothing more: {error.name()}")
