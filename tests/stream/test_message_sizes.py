"""Messages larger than a topic takes, on a real broker."""

from __future__ import annotations

import asyncio

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import StreamClient
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.message_sizes import largest_message, size_of
from worker.stream.protocol import OutcomeTooLarge

pytestmark = pytest.mark.kafka

LIMIT = 20_000


def narrow(broker: KafkaBroker, config: KafkaConfig) -> None:
    """Have the verdicts' topic take ``LIMIT`` bytes."""
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    topic = ConfigResource(
        ConfigResourceType.TOPIC, config.topics.verdicts, {"max.message.bytes": str(LIMIT)}
    )
    admin.alter_configs([topic])
    admin.close()


def verdict(nbytes: int) -> Message:
    return Message(Outlet.VERDICTS, b"\x00" * nbytes, b"k")


def random_verdict(nbytes: int) -> Message:
    return Message(Outlet.VERDICTS, bytes(i * 7919 % 251 for i in range(nbytes)), b"k")


async def test_the_topics_say_what_they_take(kafka_broker: KafkaBroker) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    assert await asyncio.to_thread(largest_message, config) == 1_048_588  # Kafka's default
    narrow(kafka_broker, config)
    assert await asyncio.to_thread(largest_message, config) == LIMIT


async def test_what_a_topic_does_not_take_is_not_sent(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    narrow(kafka_broker, config)
    sink = client.sink(config)
    await sink.start()
    with pytest.raises(OutcomeTooLarge):
        await sink.publish(verdict(LIMIT))
    fits = LIMIT - size_of(verdict(0)) - 8  # lengths take more bytes as they grow
    await sink.publish(verdict(fits))
    await sink.close()
    (record,) = await asyncio.to_thread(kafka_broker.read_all, config.topics.verdicts)
    assert len(record.value) == fits  # type: ignore[attr-defined]


async def test_a_refusal_by_the_broker_costs_no_other_message(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    # The topic was made narrower after the worker looked: as where it may not look at all.
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    plain = config.producer.model_copy(update={"compression": "none", "linger_ms": 50})
    sink = client.sink(config.model_copy(update={"producer": plain}))
    await sink.start()
    narrow(kafka_broker, config)
    sizes = [100, 50_000, 200, 60_000, 300]
    results = await asyncio.gather(
        *(sink.publish(random_verdict(size)) for size in sizes), return_exceptions=True
    )
    await sink.publish(random_verdict(400))
    with pytest.raises(OutcomeTooLarge):
        await sink.publish(random_verdict(50_000))
    await sink.close()
    refused = [size for size, result in zip(sizes, results, strict=True) if result is not None]
    assert refused == [50_000, 60_000]
    assert all(isinstance(result, OutcomeTooLarge) for result in results if result is not None)
    records = await asyncio.to_thread(kafka_broker.read_all, config.topics.verdicts)
    assert {len(record.value) for record in records} == {100, 200, 300, 400}  # type: ignore[attr-defined]
