"""An event that comes back, from a retry topic or by a replay, goes on in its uploader's trace."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.cli.test_commands import ivy
from tests.dead_letters.letters import letter_message
from tests.support.kafka_broker import KafkaBroker
from tests.support.spans import (
    PARENT_ID,
    TRACE_ID,
    UPLOADERS,
    RecordedSpans,
    attributes,
    context_of,
    parent_of,
)
from tests.support.stream_clients import stream_client
from tests.telemetry.test_tracing_on_kafka import opened
from worker.domain.failure import Reason
from worker.domain.lineage import Lineage
from worker.domain.postponement import Postponement
from worker.domain.record import Message, Outlet, Record
from worker.events.codec import EventCodec
from worker.stream.kafka.config import KafkaConfig
from worker.telemetry.event_spans import EventSpans

pytestmark = pytest.mark.kafka


def postponed(record: Record) -> Message:
    """Once more from the first retry topic, at once."""
    postponement = Postponement(
        record=record,
        reason=Reason.FETCH_FAILED,
        detail="the store answered 503",
        tier=0,
        not_before=datetime.now(UTC),
        lineage=Lineage.of(record),
    )
    return EventCodec().message(postponement, record)


def answered(record: Record) -> Message:
    """A verdict, as far as a trace can tell."""
    return Message(Outlet.VERDICTS, b"{}", record.key, record.headers)


async def live(config: KafkaConfig, recorded: RecordedSpans, *lives: object) -> None:
    """Settle what comes, one delivery after the other, each as its life in ``lives`` says."""
    spans, left = EventSpans(recorded.tracing), list(lives)
    async with (
        opened(stream_client("kafka-python"), config, recorded) as stream,
        asyncio.timeout(60),
    ):
        async for delivery in stream.source.deliveries():
            life = left.pop(0)
            assert callable(life)
            with spans.process(delivery.record, delivery.received):
                await stream.settlement.settle(delivery, life(delivery.record))
            if not left:
                return


async def begin(broker: KafkaBroker) -> KafkaConfig:
    config = broker.config(broker.topics(partitions=1, retry_delays_s=(0.1,)))
    uploads = config.topics.uploads
    await asyncio.to_thread(broker.publish, uploads, [b"{}"], [b"key"], list(UPLOADERS))
    return config


def check_one_after_the_other(recorded: RecordedSpans) -> None:
    """Uploader, first life, what it sent, second life, what that sent."""
    first, second = recorded.named("process")
    sent, verdict = recorded.named("send")
    chain = (first, sent, second, verdict)
    assert {context_of(span).trace_id for span in chain} == {TRACE_ID}
    assert [parent_of(span) for span in chain] == [
        PARENT_ID,
        context_of(first).span_id,
        context_of(sent).span_id,
        context_of(second).span_id,
    ]


async def test_a_retry_is_in_the_same_trace(kafka_broker: KafkaBroker) -> None:
    config = await begin(kafka_broker)
    recorded = RecordedSpans()
    await live(config, recorded, postponed, answered)
    check_one_after_the_other(recorded)
    retries = config.topics.retries[0].name
    assert attributes(recorded.named("process")[1])["messaging.destination.name"] == retries


async def test_a_replay_is_in_the_same_trace(kafka_broker: KafkaBroker) -> None:
    config = await begin(kafka_broker)
    recorded = RecordedSpans()
    await live(config, recorded, letter_message)
    settings = {
        "kafka.bootstrap_servers": kafka_broker.bootstrap,
        "kafka.topics.uploads": config.topics.uploads,
        "kafka.topics.dead_letters": config.topics.dead_letters,
    }
    ended = await asyncio.to_thread(
        ivy, "dlq", "replay", *(part for one in settings.items() for part in ("-s", "=".join(one)))
    )
    assert ended.stdout == "1 replayed; 1 read\n", ended.stderr
    await live(config, recorded, answered)
    check_one_after_the_other(recorded)
