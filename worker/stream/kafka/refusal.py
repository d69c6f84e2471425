"""What it means that Kafka refuses us, and which setting or right mends it."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from kafka.errors import (
    AuthorizationError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from worker.domain.failure import Reason, Systemic
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.tokens import TokenUnavailable
from worker.stream.kafka.watched_client import chain
from worker.tls import TlsFilesInvalid

EXPIRED, NOT_YET_VALID = 10, 9
OTHER_HOST = frozenset({62, 64})
UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's X509_V_ERR codes (``openssl-verification-options``): a name or an address that does not
match; self-signed, or without an issuer that is known."""


def refusal_of(config: KafkaConfig, error: BaseException) -> Systemic | None:
    """The failure in a sentence, if Kafka or TLS refused us; None if it is something else."""
    for one in chain(error):
        said = _said(config, one)
        if said is not None:
            return Systemic(Reason.STREAM_FAILED, said)
    return None


def _said(config: KafkaConfig, error: BaseException) -> str | None:
    if isinstance(error, TokenUnavailable | TlsFilesInvalid):
        return str(error)  # our own words
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error.verify_code)
    if isinstance(error, ssl.SSLError):
        return _alert(config, error.reason or "")
    if isinstance(error, FileNotFoundError | PermissionError) and config.encrypted:
        return "kafka.ssl_cafile, ssl_certfile or ssl_keyfile names a file that cannot be read"
    for kind, say in SENTENCES:
        if isinstance(error, kind):
            return say(config, error)
    return None


def _certificate(code: int) -> str:
    """Of a broker's certificate that we do not believe."""
    if code == EXPIRED:
        return "the broker's certificate has expired, or one of its CAs': renew it"
    if code == NOT_YET_VALID:
        return "the broker's certificate is not valid yet: is the clock right, there and here?"
    if code in OTHER_HOST:
        return (
            "the broker's certificate is for another host than we called: its names must hold those"
            " in kafka.bootstrap_servers and the brokers' advertised.listeners"
            " (kafka.ssl_check_hostname)"
        )
    if code in UNKNOWN_AUTHORITY:
        return (
            "the broker's certificate is signed by no CA that we know: kafka.ssl_cafile must hold"
            " the CA's certificate"
        )
    return f"the broker's certificate is not to be believed (X509_V_ERR {code})"


def _alert(config: KafkaConfig, reason: str) -> str | None:
    """Of what went wrong in TLS otherwise, mostly by the other side's word (RFC 8446, 6.2)."""
    if "CERTIFICATE" in reason or "UNKNOWN_CA" in reason or "ACCESS_DENIED" in reason:
        if config.ssl_certfile is None:
            return "the broker wants a certificate of us: set kafka.ssl_certfile and ssl_keyfile"
        return (
            "the broker does not accept our certificate (kafka.ssl_certfile): it has expired, or no"
            " CA signed it that the broker trusts"
        )
    if "HANDSHAKE_FAILURE" in reason:
        return (
            "the broker ends the TLS handshake: it shares no cipher with us, or wants a certificate"
            " (kafka.ssl_certfile)"
        )
    if "WRONG_VERSION" in reason or "PROTOCOL" in reason or "RECORD_LAYER" in reason:
        return (
            "the listener does not speak TLS as we do: kafka.security_protocol"
            f" ({config.security_protocol}) must be that of the port in kafka.bootstrap_servers"
        )
    if "EOF" in reason:
        return None
    return f"TLS with the broker fails: {reason}" if reason else None


def _not_authenticated(config: KafkaConfig, _: BaseException) -> str:
    if config.sasl_mechanism == "OAUTHBEARER":
        return (
            "the brokers do not accept our token: its issuer, audience, signature and end must be"
            " what the listener's sasl.oauthbearer settings want (kafka.sasl_oauth)"
        )
    return (
        f"the brokers refuse user {config.sasl_username!r} by {config.sasl_mechanism}: check"
        " kafka.sasl_username, kafka.sasl_password and kafka.sasl_mechanism"
    )


def _no_such_mechanism(config: KafkaConfig, _: BaseException) -> str:
    return (
        f"the listener does not offer {config.sasl_mechanism} (kafka.sasl_mechanism); is it the one"
        " of kafka.security_protocol and kafka.bootstrap_servers?"
    )


def _no_topic(config: KafkaConfig, error: BaseException) -> str:
    named = error.args[0] if error.args else ()
    topics = {named} if isinstance(named, str) else set(named) if named else set()
    roles = {topic: role for role, topic in config.topics.all()}
    inputs = {topic for _, topic in config.topics.inputs()}
    known = sorted(topics & roles.keys())
    if not known:
        return "our principal may not use a topic: it needs READ or WRITE on each (kafka.topics)"
    outputs = {topic for role, topic in config.topics.all() if role != "uploads"}
    told = [
        f"{topic!r} (kafka.topics.{roles[topic]}) needs "
        + " and ".join(
            right
            for right, wanted in (("READ", topic in inputs), ("WRITE", topic in outputs))
            if wanted
        )
        for topic in known
    ]
    return f"our principal may not use a topic: an ACL is missing; {', '.join(told)}"


def _no_group(config: KafkaConfig, _: BaseException) -> str:
    group = config.consumer.group_id
    return (
        f"our principal may not use consumer group {group!r} (kafka.consumer.group_id): it needs"
        " READ on it"
    )


def _no_transaction(config: KafkaConfig, _: BaseException) -> str:
    return (
        "our principal may not use the transactional id (kafka.producer.transactional_id, by"
        f" default {config.consumer.group_id + '-...'!r}): it needs WRITE on it"
    )


def _no_cluster(*_: object) -> str:
    return (
        "our principal may not publish with idempotence: it needs WRITE on a topic, or"
        " IDEMPOTENT_WRITE on the cluster (before Kafka 2.8)"
    )


Say = Callable[[KafkaConfig, BaseException], str]

SENTENCES: tuple[tuple[type[BaseException], Say], ...] = (
    (SaslAuthenticationFailedError, _not_authenticated),
    (UnsupportedSaslMechanismError, _no_such_mechanism),
    (IllegalSaslStateError, _no_such_mechanism),
    (TopicAuthorizationFailedError, _no_topic),
    (GroupAuthorizationFailedError, _no_group),
    (TransactionalIdAuthorizationFailedError, _no_transaction),
    (ClusterAuthorizationFailedError, _no_cluster),
    (AuthorizationError, lambda *_: "our principal has not the rights that it needs"),
)
