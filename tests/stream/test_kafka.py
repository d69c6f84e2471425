"""What only the stream on Kafka can meet."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.kafka_broker import KafkaBroker
from tests.support.ports import free_port
from tests.support.stream_clients import StreamClient
from worker.domain.failure import Systemic
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.source import KafkaSource
from worker.stream.kafka.topics import describe_topics
from worker.stream.protocol import Delivery

pytestmark = pytest.mark.kafka


def nowhere() -> KafkaConfig:
    return KafkaConfig(bootstrap_servers=(f"127.0.0.1:{free_port()}",), connect_timeout_ms=1_000)


async def test_a_message_with_neither_key_nor_value_is_published(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(kafka_broker.topics())
    sink = client.sink(config)
    await sink.start()
    await sink.publish(Message(Outlet.DEAD_LETTERS, None))
    await sink.close()
    (record,) = await asyncio.to_thread(kafka_broker.read_all, config.topics.dead_letters)
    # kafka-python refuses one with neither.
    empty = b"" if client.name == "kafka-python" else None
    assert record.value == empty  # type: ignore[attr-defined]


async def test_a_broker_that_is_away_is_named(client: StreamClient) -> None:
    config = nowhere()
    for part in (client.source(config), client.sink(config)):
        with pytest.raises(Systemic, match=r"kafka\.bootstrap_servers"):
            await part.start()
        await part.close()


async def test_a_missing_topic_is_named_by_its_setting(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    there = kafka_broker.topics(partitions=1)
    gone = there.model_copy(update={"uploads": "nowhere", "verdicts": "nowhere-either"})
    config = kafka_broker.config(gone).model_copy(update={"connect_timeout_ms": 1_000})
    with pytest.raises(Systemic, match=r"'nowhere' \(kafka\.topics\.uploads\)"):
        await client.source(config).start()
    with pytest.raises(Systemic, match=r"'nowhere-either' \(kafka\.topics\.verdicts\)"):
        await client.sink(config).start()


def test_topics_are_described(kafka_broker: KafkaBroker) -> None:
    topics = kafka_broker.topics(partitions=3)
    lines = describe_topics(kafka_broker.config(topics))
    assert lines[0] == f"uploads: {topics.uploads}, 3 partitions"
    assert len(lines) == 3


async def test_two_members_share_the_partitions_and_nothing_is_lost(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=4))
    uploads = config.topics.uploads
    values = [str(number).encode() for number in range(200)]
    await asyncio.to_thread(kafka_broker.publish, uploads, values[:100], values[:100])
    seen: list[bytes | None] = []
    takers: dict[str, int] = {"first": 0, "second": 0}

    async def work(source: KafkaSource, name: str) -> None:
        async def finish(delivery: Delivery) -> None:
            await asyncio.sleep(0.01)
            seen.append(delivery.record.value)
            takers[name] += 1
            source.done(delivery)

        async with asyncio.TaskGroup() as group:
            async for delivery in source.deliveries():
                group.create_task(finish(delivery))

    first, second = client.source(config), client.source(config)
    await first.start()
    working = [asyncio.create_task(work(first, "first"))]
    async with asyncio.timeout(60):
        while takers["first"] < 100:
            await asyncio.sleep(0.05)
        await second.start()
        working.append(asyncio.create_task(work(second, "second")))
        while not second.partitions:  # the group deals them out anew
            await asyncio.sleep(0.05)
        await asyncio.to_thread(kafka_broker.publish, uploads, values[100:], values[100:])
        while set(seen) != set(values):
            await asyncio.sleep(0.05)
    for source in (first, second):
        await source.stop_taking()
    await asyncio.gather(*working)
    await first.close()
    await second.close()

    assert takers["second"] > 0
    ends = await asyncio.to_thread(kafka_broker.end_offsets, uploads)
    committed = await asyncio.to_thread(kafka_broker.committed, config.consumer.group_id, uploads)
    assert committed == ends


@pytest.mark.parametrize("delay_s", [0.0, 0.03, 0.06])
async def test_new_partitions_are_taken_over_a_long_way(
    kafka_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch, delay_s: float
) -> None:
    # When its metadata change, a leader joins anew; and once it has dealt out the partitions, a
    # poll that ends before the broker confirmed them makes kafka-python forget that it is joining.
    # It then takes the group for unstable for ever, sends no heartbeats, and every commit fails.
    given = KafkaConfig.client
    monkeypatch.setattr(
        KafkaConfig, "client", lambda self: {**given(self), "metadata_max_age_ms": 300}
    )
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    uploads = config.topics.uploads
    far = config.model_copy(update={"bootstrap_servers": (f"127.0.0.1:{kafka_broker.far.port}",)})
    source = KafkaSource(far)
    await source.start()
    taken: list[Delivery] = []

    async def settle() -> None:
        async for delivery in source.deliveries():
            taken.append(delivery)
            source.done(delivery)

    settling = asyncio.create_task(settle())
    try:
        async with asyncio.timeout(60):
            await asyncio.to_thread(kafka_broker.publish, uploads, [b"x"])
            while len(taken) < 1:
                await asyncio.sleep(0.1)
            kafka_broker.far.delay_s = delay_s
            await asyncio.to_thread(kafka_broker.add_partitions, uploads, 4)
            await asyncio.sleep(3)
            values = [str(number).encode() for number in range(40)]
            await asyncio.to_thread(kafka_broker.publish, uploads, values, values)
            while len(taken) < 41:
                await asyncio.sleep(0.1)
            ends = await asyncio.to_thread(kafka_broker.end_offsets, uploads)
            assert len(ends) == 4
            while ends != await asyncio.to_thread(
                kafka_broker.committed, config.consumer.group_id, uploads
            ):
                await asyncio.sleep(0.2)
    finally:
        kafka_broker.far.delay_s = 0.0
        await source.stop_taking()
        await settling
        await source.close()
