"""librdkafka's errors, as those of kafka-python where the brokers sent them.

A code of 0 and above is the Kafka protocol's own and means the same in both libraries, so that one
table says what to do about it (``worker/stream/kafka/refusal.py``). A negative one is librdkafka's.
"""

from __future__ import annotations

from typing import Any

from confluent_kafka import KafkaError as RawError
from kafka.errors import (
    KafkaError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    for_code,
)

from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.polls import name_of
from worker.stream.kafka.refusal import refusal_of

TOO_LARGE = frozenset({RawError.MSG_SIZE_TOO_LARGE, RawError.RECORD_LIST_TOO_LARGE})
"""A broker, or librdkafka before it asks one, takes no message of this size (or no batch with it).
"""

FENCED = frozenset(
    {
        RawError._FENCED,  # noqa: SLF001 - the public names of librdkafka's own codes begin so
        RawError.INVALID_PRODUCER_EPOCH,
        RawError.PRODUCER_FENCED,
    }
)
"""Another producer has taken the transactional id over."""


def raw_error(error: BaseException) -> Any | None:
    """The error that an exception of confluent-kafka carries; None for any other exception."""
    found = error.args[0] if error.args else None
    return found if isinstance(found, RawError) else None


def as_exception(error: Any, topic: str | None = None) -> KafkaError:
    """The exception of kafka-python that says the same; the plain ``KafkaError`` if none does."""
    code = error.code()
    if code == RawError._AUTHENTICATION:  # noqa: SLF001
        return SaslAuthenticationFailedError(error.str())
    if code < 0:
        return KafkaError(error.name())
    kind = for_code(code)
    if kind is TopicAuthorizationFailedError and topic is not None:
        return kind({topic})
    return kind(error.name())


def error_name(error: Any) -> str:
    """A name from a closed list, for a metric: kafka-python's for what the brokers said."""
    return error.name() if error.code() < 0 else name_of(as_exception(error))


def refused(config: KafkaConfig, error: Any, topic: str | None = None) -> Systemic | None:
    """The failure in a sentence where Kafka or TLS refused us; None if it is something else."""
    if error.code() == RawError._SSL:  # noqa: SLF001
        return Systemic(Reason.STREAM_FAILED, _tls(error.str()))
    return refusal_of(config, as_exception(error, topic))


def _tls(said: str) -> str:
    """Librdkafka has TLS errors as text only. What it quotes is OpenSSL's, and holds no secret."""
    if "certificate verify failed" in said or "could not be verified" in said:
        return (
            "the broker's certificate is not to be believed: kafka.ssl_cafile must hold its CA's"
            " certificate, and its names those in kafka.bootstrap_servers and the brokers'"
            " advertised.listeners (kafka.ssl_check_hostname); or it has expired"
        )
    if "alert" in said and ("certificate" in said or "unknown ca" in said):
        return (
            "the broker does not accept our certificate (kafka.ssl_certfile), or wants one: it has"
            " expired, or no CA signed it that the broker trusts"
        )
    return "TLS with the broker fails: is kafka.security_protocol that of the port?"
