"""The spans of polls, sends and commits, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from tests.support.factories import make_record
from tests.support.kafka_broker import KafkaBroker
from tests.support.spans import (
    PARENT_ID,
    TRACE_ID,
    UPLOADERS,
    RecordedSpans,
    attributes,
    context_of,
    linked,
    parent_of,
)
from tests.support.stream_clients import StreamClient
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.spans import KafkaSpans, client_attributes
from worker.stream.kafka.stream import KafkaStream
from worker.stream.ledger import Partition
from worker.stream.protocol import Delivery, OutcomeTooLarge
from worker.telemetry import messaging
from worker.telemetry.event_spans import EventSpans
from worker.telemetry.propagation import extract_span

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def opened(
    client: StreamClient, config: KafkaConfig, recorded: RecordedSpans
) -> AsyncIterator[KafkaStream]:
    stream = client.stream(config, tracing=recorded.tracing)
    await stream.start_publishing()
    await stream.source.start()
    try:
        yield stream
    finally:
        await stream.source.close()
        await stream.end_publishing()


async def carry(stream: KafkaStream, spans: EventSpans, events: int) -> None:
    """Answer each event with a verdict, all at once."""

    async def carry_one(delivery: Delivery) -> None:
        with spans.process(delivery.record, delivery.received):
            headers = (*delivery.record.headers, ("baggage", b"a=1"))
            verdict = Message(Outlet.VERDICTS, b"{}", delivery.record.key, headers)
            await stream.settlement.settle(delivery, verdict)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        async for delivery in stream.source.deliveries():
            group.create_task(carry_one(delivery))
            events -= 1
            if not events:
                break


async def until_committed(broker: KafkaBroker, config: KafkaConfig, events: int) -> None:
    async with asyncio.timeout(30):
        while True:
            found = await asyncio.to_thread(
                broker.committed, config.consumer.group_id, config.topics.uploads
            )
            if sum(found.values()) >= events:
                return
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("delivery", ["at_least_once", "transactional"])
async def test_one_event_from_its_uploader_to_who_reads_the_verdict(
    kafka_broker: KafkaBroker,
    delivery: str,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    config = config.model_copy(update={"delivery": delivery})
    uploads, verdicts = config.topics.uploads, config.topics.verdicts
    recorded = RecordedSpans()
    publish = kafka_broker.publish
    await asyncio.to_thread(publish, uploads, [b"e"], [b"key"], list(UPLOADERS))
    async with opened(client, config, recorded) as stream:
        spans = EventSpans(recorded.tracing, client=client_attributes(config))
        await carry(stream, spans, 1)
        await until_committed(kafka_broker, config, 1)

    poll, process = recorded.one("poll"), recorded.one("process")
    send, commit = recorded.one("send"), recorded.one("commit")
    assert poll.name == f"poll {uploads}"
    assert send.name == f"send {verdicts}"
    assert commit.name == f"commit {uploads}"
    kinds = (poll.kind, process.kind, send.kind, commit.kind)
    assert kinds == (SpanKind.CLIENT, SpanKind.CONSUMER, SpanKind.PRODUCER, SpanKind.CLIENT)

    assert parent_of(process) == PARENT_ID
    assert parent_of(send) == context_of(process).span_id
    assert context_of(send).trace_id == TRACE_ID
    assert linked(poll) == [PARENT_ID]
    assert [link.attributes for link in poll.links] == [{messaging.MESSAGE_ID: f"{uploads}[0]@0"}]
    assert linked(process) == [context_of(poll).span_id]
    assert linked(commit) == [context_of(process).span_id]
    assert poll.parent is commit.parent is None

    host, port = config.bootstrap_servers[0].split(":")
    common = {
        "messaging.system": "kafka",
        "messaging.client.id": attributes(send)["messaging.client.id"],
        "server.address": host,
        "server.port": int(port),
    }
    ours = {
        "messaging.consumer.group.name": config.consumer.group_id,
        "messaging.destination.name": uploads,
        "messaging.destination.partition.id": "0",
        "messaging.batch.message_count": 1,
    }
    assert attributes(poll) == {
        **common,
        **ours,
        "messaging.operation.name": "poll",
        "messaging.operation.type": "receive",
    }
    assert attributes(commit) == {
        **common,
        **ours,
        "messaging.operation.name": "commit",
        "messaging.operation.type": "settle",
    }
    assert attributes(send) == {
        **common,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": verdicts,
        "messaging.destination.partition.id": "0",
        "messaging.kafka.offset": 0,
        "messaging.kafka.message.key": "key",
    }
    told = attributes(process)
    assert {name: told[name] for name in common} == common
    assert "messaging.batch.message_count" not in told  # it is about one message

    (verdict,) = await asyncio.to_thread(kafka_broker.read_all, verdicts)
    headers = tuple(verdict.headers)  # type: ignore[attr-defined]
    maker = extract_span(headers)
    assert maker is not None
    assert maker.span_id == context_of(send).span_id
    assert maker.trace_id == TRACE_ID
    assert [name for name, _ in headers] == ["traceparent", "tracestate", "baggage"]


async def test_a_batch_has_a_link_for_each_and_nothing_in_which_they_differ(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=2), commit_interval_ms=1500)
    uploads = config.topics.uploads
    recorded = RecordedSpans()
    for number in range(20):
        parent = b"00-%032x-%016x-01" % (number + 1, number + 1)
        await asyncio.to_thread(
            kafka_broker.publish, uploads, [b"e"], [b"%d" % number], [("traceparent", parent)]
        )
    async with opened(client, config, recorded) as stream:
        await carry(stream, EventSpans(recorded.tracing), 20)
        await until_committed(kafka_broker, config, 20)

    polls, commits = recorded.named("poll"), recorded.named("commit")
    assert sum(attributes(poll)[messaging.BATCH_COUNT] for poll in polls) == 20
    assert sorted(span for poll in polls for span in linked(poll)) == list(range(1, 21))
    processed = {context_of(span).span_id for span in recorded.named("process")}
    assert len(processed) == 20
    committed = [span for commit in commits for span in linked(commit)]
    assert sorted(committed) == sorted(processed)
    for span in (*polls, *commits):
        assert attributes(span)[messaging.BATCH_COUNT] == len(span.links)
        assert not {messaging.KAFKA_OFFSET, messaging.MESSAGE_ID, messaging.KAFKA_KEY} & set(
            attributes(span)
        )
    both = [span for span in (*polls, *commits) if len(span.links) == 20]
    assert all(messaging.PARTITION not in attributes(span) for span in both)


async def test_what_is_too_large_is_told(kafka_broker: KafkaBroker, client: StreamClient) -> None:
    config = kafka_broker.config(kafka_broker.topics())
    recorded = RecordedSpans()
    sink = client.sink(config, spans=KafkaSpans(config, recorded.tracing))
    await sink.start()
    with pytest.raises(OutcomeTooLarge):
        await sink.publish(Message(Outlet.VERDICTS, b"x" * 20_000_000))
    await sink.publish(Message(Outlet.DEAD_LETTERS, None, b"k"))
    await sink.close()
    large, tombstone = recorded.named("send")
    assert large.status.status_code is StatusCode.ERROR
    assert attributes(large)["error.type"] == "OutcomeTooLarge"
    assert messaging.PARTITION not in attributes(large)
    assert attributes(tombstone)[messaging.KAFKA_TOMBSTONE] is True
    (letter,) = await asyncio.to_thread(kafka_broker.read_all, config.topics.dead_letters)
    place = (str(letter.partition), letter.offset)  # type: ignore[attr-defined]
    assert (
        attributes(tombstone)[messaging.PARTITION],
        attributes(tombstone)[messaging.KAFKA_OFFSET],
    ) == place


def test_a_commit_that_fails_keeps_its_events_for_the_next() -> None:
    config = KafkaConfig()
    recorded = RecordedSpans()
    events, spans = EventSpans(recorded.tracing), KafkaSpans(config, recorded.tracing)
    with events.process(make_record(topic="uploads", offset=4)):
        pass
    offsets = {Partition("uploads", 0): 5}

    def commit(error: Exception | None) -> Any:
        with spans.commit(offsets):
            if error is not None:
                raise error

    with pytest.raises(TimeoutError):
        commit(TimeoutError())
    commit(None)
    commit(None)
    failed, done, again = recorded.named("commit")
    event = context_of(recorded.one("process")).span_id
    assert (linked(failed), linked(done), linked(again)) == ([event], [event], [])
    assert attributes(failed)["error.type"] == "TimeoutError"
