"""The spans of what is done with Kafka: polls, sends, commits.

A poll and a commit are about many events at once, so that neither is part of any one's trace: each
begins a trace of its own, with a link to every event, and names nothing in which the events differ.
They do so for a single event, too: what a trace looks like must not hang on how busy a worker is.
The consumer's thread carries no context; its spans are begun and ended by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    get_current_span,
    set_span_in_context,
)

from worker.domain.record import Headers, Message, Record
from worker.stream.kafka.config import CLIENT_ID, KafkaConfig
from worker.stream.ledger import Partition
from worker.stream.protocol import Delivery
from worker.telemetry import messaging as names
from worker.telemetry.open_events import Place
from worker.telemetry.propagation import extract_span, headers_of, inject
from worker.telemetry.tracing import Tracing, fail, plain

MOST_LINKS = 128
"""Of one span: OpenTelemetry's own limit (OTEL_SPAN_LINK_COUNT_LIMIT). The events that a poll has
no link to have one to the poll."""


def client_attributes(config: KafkaConfig) -> dict[str, str | int]:
    """Who speaks to which brokers; these are named by the first that is asked at the start."""
    host, _, port = config.bootstrap_servers[0].rpartition(":")
    found: dict[str, str | int] = {
        names.SYSTEM: names.KAFKA,
        names.CLIENT_ID: CLIENT_ID,
        names.SERVER_ADDRESS: host.strip("[]"),
    }
    if port.isdigit():
        found[names.SERVER_PORT] = int(port)
    return found


class KafkaSpans:
    """Without tracing none is begun."""

    def __init__(self, config: KafkaConfig, tracing: Tracing | None = None) -> None:
        self._tracing = tracing or Tracing()
        self._open = self._tracing.open_events
        self._client = client_attributes(config)
        self._group = config.consumer.group_id

    @property
    def on(self) -> bool:
        """Whether there is tracing."""
        return self._tracing.on

    def received(self, deliveries: Sequence[Delivery], begun_ns: int) -> Sequence[Delivery]:
        """What was taken of a poll that began then, each with the context of the poll's span.

        Of what was polled and not taken, for its time or its assignment has not come, there is no
        span: it comes again.
        """
        if not self._tracing.on:
            return deliveries
        by_topic: dict[str, list[Record]] = {}
        for delivery in deliveries:
            by_topic.setdefault(delivery.record.topic, []).append(delivery.record)
        contexts = {
            topic: self._polled(topic, records, begun_ns) for topic, records in by_topic.items()
        }
        return [replace(one, received=contexts[one.record.topic]) for one in deliveries]

    def _polled(self, topic: str, records: Sequence[Record], begun_ns: int) -> Headers:
        attributes = self._about(names.POLL, topic, {record.partition for record in records})
        attributes |= {names.GROUP: self._group, names.BATCH_COUNT: len(records)}
        links = [
            Link(maker, {names.MESSAGE_ID: record.coordinates})
            for record in records[:MOST_LINKS]
            if (maker := extract_span(record.headers))
        ]
        span = self._tracing.begin(
            f"{names.POLL} {topic}",
            kind=SpanKind.CLIENT,
            context=Context(),
            links=links,
            attributes=attributes,
            begun_ns=begun_ns,
        )
        span.end()
        return headers_of(set_span_in_context(span, Context()))

    @contextmanager
    def send(self, topic: str, message: Message) -> Iterator[Message]:
        """Inside, the message is published: this one, whose headers tell of the span."""
        if not self._tracing.on:
            yield message
            return
        attributes = self._about(names.SEND, topic, set())
        if message.key is not None:
            attributes[names.KAFKA_KEY] = plain(message.key.decode(errors="replace"))
        if message.value is None:
            attributes[names.KAFKA_TOMBSTONE] = True
        with self._tracing.span(
            f"{names.SEND} {topic}", kind=SpanKind.PRODUCER, attributes=attributes
        ) as span:
            headers = inject(message.headers, set_span_in_context(span))
            yield replace(message, headers=headers)

    def stored(self) -> Callable[[Any], None]:
        """To be called inside of a ``send``: notes on its span where the brokers put the message.

        What is given back takes kafka-python's ``RecordMetadata``, in any thread.
        """
        if not self._tracing.on:
            return _note_nothing
        span = get_current_span()

        def note(metadata: Any) -> None:
            span.set_attribute(names.PARTITION, str(metadata.partition))
            if metadata.offset >= 0:  # else the brokers had it from a try before, and do not say
                span.set_attribute(names.KAFKA_OFFSET, metadata.offset)

        return note

    @contextmanager
    def commit(self, offsets: Mapping[Partition, int]) -> Iterator[None]:
        """Inside, these are committed: one span for each topic."""
        if not self._tracing.on or not offsets:
            yield
            return
        spans = [
            self._commit(topic, partitions) for topic, partitions in _by_topic(offsets).items()
        ]
        try:
            yield
        except BaseException as error:
            for span in spans:
                fail(span, error)
            raise
        else:
            self._open.committed(_places(offsets))
        finally:
            for span in spans:
                span.end()

    def _commit(self, topic: str, offsets: Mapping[Partition, int]) -> Span:
        numbers = {partition.number for partition in offsets}
        events = self._open.before(_places(offsets))
        attributes = self._about(names.COMMIT, topic, numbers)
        attributes |= {names.GROUP: self._group, names.BATCH_COUNT: len(events)}
        return self._tracing.begin(
            f"{names.COMMIT} {topic}",
            kind=SpanKind.CLIENT,
            context=Context(),
            links=[Link(event) for event in events[:MOST_LINKS]],
            attributes=attributes,
        )

    def _about(
        self, operation: str, topic: str, partitions: set[int]
    ) -> dict[str, str | int | bool]:
        found: dict[str, str | int | bool] = {
            **self._client,
            names.OPERATION_NAME: operation,
            names.OPERATION_TYPE: names.TYPES[operation],
            names.DESTINATION: topic,
        }
        if len(partitions) == 1:  # else the events differ in it
            found[names.PARTITION] = str(*partitions)
        return found


def _note_nothing(_: Any) -> None:
    """There is no span."""


def _places(offsets: Mapping[Partition, int]) -> dict[Place, int]:
    return {(partition.topic, partition.number): offset for partition, offset in offsets.items()}


def _by_topic(offsets: Mapping[Partition, int]) -> dict[str, dict[Partition, int]]:
    found: dict[str, dict[Partition, int]] = {}
    for partition, offset in offsets.items():
        found.setdefault(partition.topic, {})[partition] = offset
    return found
