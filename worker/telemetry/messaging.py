"""OpenTelemetry's names for messaging, and those of our own that stand beside them.

By the messaging semantic conventions 1.44, which are in development and may be renamed: they are
written nowhere else (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ and
.../messaging/kafka/).
"""

from __future__ import annotations

SYSTEM = "messaging.system"
OPERATION_NAME = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
DESTINATION = "messaging.destination.name"
PARTITION = "messaging.destination.partition.id"
"""A string by the conventions."""
GROUP = "messaging.consumer.group.name"
CLIENT_ID = "messaging.client.id"
BATCH_COUNT = "messaging.batch.message_count"
MESSAGE_ID = "messaging.message.id"
"""Kafka has no ids: ours is ``topic[partition]@offset``, as logs and dead letters name a record."""
BODY_SIZE = "messaging.message.body.size"
KAFKA_KEY = "messaging.kafka.message.key"
KAFKA_OFFSET = "messaging.kafka.offset"
KAFKA_TOMBSTONE = "messaging.kafka.message.tombstone"

ERROR_TYPE = "error.type"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"

KAFKA = "kafka"
"""The value of ``SYSTEM``."""

POLL, PROCESS, SEND, COMMIT = "poll", "process", "send", "commit"
"""Operation names; a span is called by one and its topic."""

TYPES = {POLL: "receive", PROCESS: "process", SEND: "send", COMMIT: "settle"}
"""The conventions' type of each operation."""

EVENT_ID = "ivy.event.id"
TENANT = "ivy.tenant"
LANE = "ivy.lane"
ATTEMPT = "ivy.attempt"
"""Tries that failed before this delivery, in retry topics."""
OUTCOME = "ivy.outcome"
"""``verdict``, ``dead_letter``, ``retry`` or ``diverted``."""
LABEL = "ivy.verdict.label"
ACTION = "ivy.verdict.action"
CACHED = "ivy.cache.cached"
MEDIA_KIND = "ivy.media.kind"
MEDIA_URL = "url.full"
"""Only with ``telemetry.record_content``."""
RETRY_TIER = "ivy.retry.tier"
RETRY = "retry"
"""The event of a try that failed, inside the span of its stage."""
