"""Outcomes and offsets in one transaction, on a real broker."""

from __future__ import annotations

import asyncio
import time

import pytest
from kafka import KafkaProducer

from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import StreamClient
from worker.domain.failure import Systemic
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.stream import KafkaStream
from worker.stream.protocol import Delivery, OutcomeTooLarge

pytestmark = pytest.mark.kafka


def transactional(config: KafkaConfig, name: str | None = None) -> KafkaConfig:
    producer = config.producer.model_copy(update={"transactional_id": name})
    return config.model_copy(update={"delivery": "transactional", "producer": producer})


def outcome(delivery: Delivery) -> Message:
    return Message(Outlet.VERDICTS, delivery.record.value, delivery.record.key)


async def take(stream: KafkaStream, count: int) -> list[Delivery]:
    taken: list[Delivery] = []
    async with asyncio.timeout(60):
        async for delivery in stream.source.deliveries():
            taken.append(delivery)
            if len(taken) == count:
                break
    return taken


async def opened(client: StreamClient, config: KafkaConfig) -> KafkaStream:
    stream = client.stream(config)
    await stream.start_publishing()
    await stream.source.start()
    return stream


async def closed(stream: KafkaStream) -> None:
    await stream.source.stop_taking()
    await stream.source.close()
    await stream.end_publishing()


async def values(broker: KafkaBroker, topic: str) -> list[bytes]:
    """Of committed records."""
    records = await asyncio.to_thread(broker.read_all, topic)
    return [record.value for record in records]  # type: ignore[attr-defined]


async def eventually(broker: KafkaBroker, topic: str, wanted: list[bytes]) -> None:
    """The markers that make a committed transaction visible are written after the answer."""
    async with asyncio.timeout(20):
        while await values(broker, topic) != wanted:
            await asyncio.sleep(0.1)


async def test_outcomes_and_offsets_are_seen_together(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    config = transactional(kafka_broker.config(kafka_broker.topics(partitions=1)))
    topics = config.topics
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, [b"0", b"1", b"2", b"3"])
    stream = await opened(client, config)
    deliveries = await take(stream, 4)
    # Out of order: 0 is missing, so nothing of the others is seen, however long they wait.
    settling = [
        asyncio.create_task(stream.settlement.settle(one, outcome(one))) for one in deliveries[1:3]
    ]
    await asyncio.sleep(1)
    assert not any(task.done() for task in settling)
    assert await values(kafka_broker, topics.verdicts) == []
    await stream.settlement.settle(deliveries[0], outcome(deliveries[0]))
    await asyncio.wait_for(asyncio.gather(*settling), 10)
    await eventually(kafka_broker, topics.verdicts, [b"0", b"1", b"2"])
    group = config.consumer.group_id
    assert kafka_broker.committed(group, topics.uploads) == {0: 3}
    await closed(stream)
    # What was not settled is published by whoever comes next, and only that.
    after = await opened(client, config)
    (last,) = await take(after, 1)
    await after.settlement.settle(last, outcome(last))
    await closed(after)
    await eventually(kafka_broker, topics.verdicts, [b"0", b"1", b"2", b"3"])


async def test_a_worker_of_the_same_name_ends_the_transactions_of_the_one_before(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = transactional(kafka_broker.config(kafka_broker.topics(partitions=1)), "pod-0")
    topics = config.topics
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, [b"0", b"1"])
    # A worker that died in the middle of a transaction, before it could commit.
    dead = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap, transactional_id="pod-0")
    await asyncio.to_thread(dead.init_transactions)
    dead.begin_transaction()
    dead.send(topics.verdicts, b"half").get(timeout=10)
    stream = await opened(client, config)
    for delivery in await take(stream, 2):
        await asyncio.wait_for(stream.settlement.settle(delivery, outcome(delivery)), 20)
    await closed(stream)
    await eventually(kafka_broker, topics.verdicts, [b"0", b"1"])
    await asyncio.to_thread(dead.close, timeout=0)


async def test_a_zombie_is_fenced_publishes_nothing_and_ends(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    config = transactional(kafka_broker.config(kafka_broker.topics(partitions=1)), "pod-1")
    topics = config.topics
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, [b"0", b"1"])
    zombie = await opened(client, config)
    deliveries = await take(zombie, 2)
    second = client.stream(config)
    await second.start_publishing()  # takes the name over
    settling = asyncio.create_task(zombie.settlement.settle(deliveries[0], outcome(deliveries[0])))
    with pytest.raises(Systemic, match="transactional id"):
        await asyncio.wait_for(take(zombie, 1), 60)
    assert not settling.done()
    settling.cancel()
    with pytest.raises(Systemic):
        await zombie.source.close()
    await zombie.end_publishing()
    assert await values(kafka_broker, topics.verdicts) == []
    await second.source.start()
    for delivery in await take(second, 2):
        await second.settlement.settle(delivery, outcome(delivery))
    await closed(second)
    await eventually(kafka_broker, topics.verdicts, [b"0", b"1"])


async def test_two_workers_in_transactions_publish_each_outcome_once(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = transactional(kafka_broker.config(kafka_broker.topics(partitions=4)))
    topics = config.topics
    sent = [b"%d" % number for number in range(300)]
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, sent[:200], sent[:200])

    async def work(stream: KafkaStream) -> None:
        async def settle(delivery: Delivery) -> None:
            await asyncio.sleep(0.005 * (delivery.record.offset % 7))
            await stream.settlement.settle(delivery, outcome(delivery))

        async with asyncio.TaskGroup() as group:
            async for delivery in stream.source.deliveries():
                group.create_task(settle(delivery))

    first = await opened(client, config)
    working = [asyncio.create_task(work(first))]
    await asyncio.sleep(0.3)
    second = await opened(client, config)  # in the middle of it: partitions move
    working.append(asyncio.create_task(work(second)))
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, sent[200:], sent[200:])
    async with asyncio.timeout(90):
        while len(await values(kafka_broker, topics.verdicts)) < 300:
            await asyncio.sleep(0.3)
    for stream in (first, second):
        await stream.source.stop_taking()
    await asyncio.wait_for(asyncio.gather(*working), 30)
    for stream in (first, second):
        await stream.source.close()
        await stream.end_publishing()
    assert sorted(await values(kafka_broker, topics.verdicts)) == sorted(sent)
    committed = kafka_broker.committed(config.consumer.group_id, topics.uploads)
    assert sum(committed.values()) == 300


async def test_what_is_too_large_is_refused_before_its_transaction(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = transactional(kafka_broker.config(kafka_broker.topics(partitions=1)))
    await asyncio.to_thread(kafka_broker.publish, config.topics.uploads, [b"0"])
    stream = await opened(client, config)
    (delivery,) = await take(stream, 1)
    with pytest.raises(OutcomeTooLarge):
        await stream.settlement.settle(delivery, Message(Outlet.VERDICTS, b"\0" * 1_100_000, b"k"))
    await stream.settlement.settle(delivery, outcome(delivery))
    await closed(stream)
    await eventually(kafka_broker, config.topics.verdicts, [b"0"])


async def test_an_outcome_that_cannot_be_delivered_ends_the_worker_in_time(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = transactional(kafka_broker.config(kafka_broker.topics(partitions=1)), "pod-2")
    producer = config.producer.model_copy(
        update={"transaction_timeout_ms": 8_000, "delivery_timeout_ms": 6_000}
    )
    config = config.model_copy(update={"producer": producer})
    topics = config.topics
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, [b"0"])
    stream = await opened(client, config)
    (delivery,) = await take(stream, 1)
    await asyncio.to_thread(kafka_broker.delete, topics.verdicts)
    settling = asyncio.create_task(stream.settlement.settle(delivery, outcome(delivery)))
    begun = time.monotonic()
    with pytest.raises(Systemic, match=r"kafka\.producer\."):
        await asyncio.wait_for(take(stream, 1), 90)
    assert time.monotonic() - begun < 60
    settling.cancel()
    with pytest.raises(Systemic):
        await stream.source.close()
    await stream.end_publishing()
    assert kafka_broker.committed(config.consumer.group_id, topics.uploads) == {}
