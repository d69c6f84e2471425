"""Our settings as librdkafka has them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from worker.stream.confluent.welcome import Welcome
from worker.stream.kafka.config import CLIENT_ID, KafkaConfig
from worker.stream.kafka.tokens import Tokens, TokenUnavailable

LOGS = logging.getLogger("worker.stream.confluent.librdkafka")

QUEUED_MESSAGES, QUEUED_KIB = 10_000, 16 * 1024
"""What librdkafka fetches ahead of us, at most about: beyond ``kafka.consumer.max_in_flight``, and
little beside the fetches under way. Its own defaults are 100,000 messages or 64 MiB."""

QUEUE_BACKOFF_MS = 20
"""Until it looks whether there is room again; its default of 1 s is for the queue above, and would
have us wait in front of a backlog."""

HEARTBEAT_MS = 3_000
"""Kafka's own default, and a third of the session at most, as Kafka advises."""

SMALLEST_LIMIT = 1_000
"""The least that librdkafka takes for ``message.max.bytes``."""


def client_settings(config: KafkaConfig, welcome: Welcome) -> dict[str, Any]:
    """What every client of ours shares. Raises ``Systemic`` where a TLS file cannot be used."""
    config.check_files()
    found: dict[str, Any] = {
        "bootstrap.servers": ",".join(config.bootstrap_servers),
        "client.id": CLIENT_ID,
        # A missing topic is an error to be told, not a topic to be made with defaults.
        "allow.auto.create.topics": False,
        "error_cb": welcome.note,
        "logger": LOGS,
        **_entry(config, welcome),
    }
    if config.api_version is not None:
        # Asked for all the same; this is for brokers that do not answer.
        found["broker.version.fallback"] = f"{config.api_version}.0"
    return found


def _entry(config: KafkaConfig, welcome: Welcome) -> dict[str, Any]:
    found: dict[str, Any] = {"security.protocol": config.security_protocol}
    if config.encrypted:
        found["ssl.endpoint.identification.algorithm"] = (
            "https" if config.ssl_check_hostname else "none"
        )
        files = {
            "ssl.ca.location": config.ssl_cafile,
            "ssl.certificate.location": config.ssl_certfile,
            "ssl.key.location": config.ssl_keyfile or config.ssl_certfile,
            "ssl.key.password": config.tls.password or None,
        }
        found |= {name: value for name, value in files.items() if value is not None}
    if config.has_sasl:
        found["sasl.mechanism"] = config.sasl_mechanism
        if config.sasl_mechanism == "OAUTHBEARER":
            found["oauth_cb"] = _token_callback(config.sasl_oauth.tokens(), welcome)
        elif config.sasl_password is not None:
            found["sasl.username"] = config.sasl_username
            found["sasl.password"] = config.sasl_password.get_secret_value()
    return found


def _token_callback(
    tokens: Tokens, welcome: Welcome
) -> Callable[[str], tuple[str, float, str, dict[str, str]]]:
    def give(_: str) -> tuple[str, float, str, dict[str, str]]:
        """The token, its end in seconds since the Unix epoch, a name for logs, extensions."""
        try:
            token = tokens.token()
        except TokenUnavailable as error:
            welcome.note_token(error)
            raise
        welcome.note_token(None)
        return token, time.time() + tokens.left_s, CLIENT_ID, tokens.extensions()

    return give


def consumer_settings(
    config: KafkaConfig,
    welcome: Welcome,
    *,
    member: str,
    on_commit: Callable[[Any, list[Any]], None],
) -> dict[str, Any]:
    """Of one member of the group. ``member`` tells it from the others of this worker."""
    settings = config.consumer
    found = client_settings(config, welcome) | {
        "group.id": settings.group_id,
        "partition.assignment.strategy": settings.partition_assignment_strategy,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        # Retry topics are written by workers in transactions; and so may the uploads be.
        "isolation.level": "read_committed",
        # librdkafka looks at no checksum if not told to.
        "check.crcs": True,
        "max.poll.interval.ms": settings.max_poll_interval_ms,
        "session.timeout.ms": settings.session_timeout_ms,
        "heartbeat.interval.ms": min(HEARTBEAT_MS, settings.session_timeout_ms // 3),
        "queued.min.messages": QUEUED_MESSAGES,
        "queued.max.messages.kbytes": QUEUED_KIB,
        "fetch.queue.backoff.ms": QUEUE_BACKOFF_MS,
        "on_commit": on_commit,
    }
    if settings.client_rack is not None:
        found["client.rack"] = settings.client_rack
    if settings.group_instance_id is not None:
        found["group.instance.id"] = f"{settings.group_instance_id}{member}"
    return found


def producer_settings(
    config: KafkaConfig, welcome: Welcome, transactional_id: str | None = None
) -> dict[str, Any]:
    """Of an idempotent producer with acks=all."""
    settings = config.producer
    delivery_timeout_ms = settings.delivery_timeout_ms
    found = client_settings(config, welcome)
    if transactional_id is not None:
        found["transactional.id"] = transactional_id
        found["transaction.timeout.ms"] = settings.transaction_timeout_ms
        # A message that cannot be delivered fails before its transaction is taken for abandoned.
        delivery_timeout_ms = min(delivery_timeout_ms, settings.transaction_timeout_ms * 3 // 4)
    return found | {
        "acks": "all",
        "enable.idempotence": True,
        "compression.type": settings.compression,
        "linger.ms": settings.linger_ms,
        "message.max.bytes": max(SMALLEST_LIMIT, settings.max_request_size),
        "delivery.timeout.ms": delivery_timeout_ms,
        # Kafka's own, and kafka-python's: a key goes to the same partition by either client.
        "partitioner": "murmur2_random",
    }
