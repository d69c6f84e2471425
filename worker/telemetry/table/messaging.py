"""Metrics of messaging clients by OpenTelemetry's semantic conventions 1.44.

Names, units, attributes and bounds: semantic-conventions, docs/messaging/messaging-metrics.md
(status: development).
"""

from __future__ import annotations

from enum import StrEnum

from worker.telemetry import messaging as names
from worker.telemetry.metric import Kind, Label, Metric


class Operation(StrEnum):
    """``messaging.operation.name``: what Kafka's clients call what they do."""

    POLL = names.POLL
    SEND = names.SEND
    COMMIT = names.COMMIT
    PROCESS = names.PROCESS


SYSTEM = Label(names.SYSTEM, frozenset((names.KAFKA,)))
OPERATION = Label.of(names.OPERATION_NAME, Operation)
DESTINATION = Label(names.DESTINATION, bound="topics of the settings")
ERROR = Label(names.ERROR_TYPE, bound="reasons of failures, and the Kafka client's names of errors")
"""Absent where all went well."""

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The conventions' own for both durations."""

OPERATION_DURATION = Metric(
    "messaging.client.operation.duration",
    Kind.HISTOGRAM,
    "s",
    "Duration of one operation of a client: a send until all in-sync replicas have it, a commit, a"
    " poll that gave records or failed.",
    (SYSTEM, OPERATION, DESTINATION, ERROR),
    BOUNDS_S,
)
SENT = Metric(
    "messaging.client.sent.messages",
    Kind.COUNTER,
    "{message}",
    "Messages that the producer attempted to send.",
    (SYSTEM, OPERATION, DESTINATION, ERROR),
)
CONSUMED = Metric(
    "messaging.client.consumed.messages",
    Kind.COUNTER,
    "{message}",
    "Messages that were delivered to the application.",
    (SYSTEM, OPERATION, DESTINATION),
)
PROCESS_DURATION = Metric(
    "messaging.process.duration",
    Kind.HISTOGRAM,
    "s",
    "Duration of processing one message, from its arrival to its published outcome.",
    (SYSTEM, OPERATION, DESTINATION, ERROR),
    (*BOUNDS_S, 30, 60, 300),
)
