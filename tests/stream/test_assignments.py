"""Groups that deal out their partitions in each of Kafka's ways, on a real broker."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import StreamClient, stream_client
from worker.stream.confluent.members import Members
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.source import KafkaSource
from worker.stream.protocol import Delivery

pytestmark = pytest.mark.kafka


class Member:
    """One member of a group: settles what it takes, some of it late."""

    def __init__(self, source: KafkaSource, seen: Counter[bytes]) -> None:
        self.source = source
        self.seen = seen
        self.taken = 0

    async def work(self) -> None:
        async with asyncio.TaskGroup() as group:
            async for delivery in self.source.deliveries():
                self.taken += 1
                group.create_task(self._settle(delivery))

    async def _settle(self, delivery: Delivery) -> None:
        # Every seventh is still in flight when the partitions move, with later ones done.
        await asyncio.sleep(3.0 if delivery.record.offset % 7 == 0 else 0.01)
        assert delivery.record.value is not None
        self.seen[delivery.record.value] += 1
        self.source.done(delivery)


@pytest.mark.parametrize("strategy", ["cooperative-sticky", "range", "roundrobin"])
async def test_nothing_is_lost_when_members_come_and_go(
    kafka_broker: KafkaBroker,
    strategy: str,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(
        kafka_broker.topics(partitions=4), partition_assignment_strategy=strategy
    )
    uploads = config.topics.uploads
    values = [b"%d" % number for number in range(240)]
    seen: Counter[bytes] = Counter()
    members = [Member(client.source(config), seen) for _ in range(2)]
    first, second = members
    await asyncio.to_thread(kafka_broker.publish, uploads, values[:120], values[:120])
    await first.source.start()
    working = [asyncio.create_task(first.work())]
    async with asyncio.timeout(120):
        while first.taken < 100:
            await asyncio.sleep(0.05)
        # While a seventh of the first is in flight: with the eager ones all partitions are taken
        # from it and some given back.
        await second.source.start()
        working.append(asyncio.create_task(second.work()))
        await asyncio.to_thread(kafka_broker.publish, uploads, values[120:], values[120:])
        while second.taken < 20 or len(seen) < 240:
            await asyncio.sleep(0.1)
        await second.source.stop_taking()
        await working[1]
        await second.source.close()
        ends = await asyncio.to_thread(kafka_broker.end_offsets, uploads)
        while ends != await asyncio.to_thread(
            kafka_broker.committed, config.consumer.group_id, uploads
        ):
            await asyncio.sleep(0.2)
        await first.source.stop_taking()
        await working[0]
        await first.source.close()
    assert set(seen) == set(values)


async def test_a_static_member_that_comes_back_in_time_moves_no_partition(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    topics = kafka_broker.topics(partitions=4)
    configs = [
        kafka_broker.config(topics, group_instance_id=f"pod-{number}", session_timeout_ms=20_000)
        for number in range(2)
    ]
    sources = [client.source(config) for config in configs]
    for source in sources:
        await source.start()
    async with asyncio.timeout(60):
        while any(len(source.partitions) != 2 for source in sources):
            await asyncio.sleep(0.1)
    before = [source.partitions for source in sources]
    epochs = sources[0].epochs
    await sources[1].stop_taking()
    await sources[1].close()
    again = client.source(configs[1])
    await again.start()
    async with asyncio.timeout(15):
        while again.partitions != before[1]:
            await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    assert [sources[0].partitions, again.partitions] == before
    assert sources[0].epochs == epochs, "the other member's partitions were dealt out anew"
    for source in (sources[0], again):
        await source.stop_taking()
        await source.close()


async def works_through(
    member: Member, failures: list[int], broker: KafkaBroker, config: KafkaConfig
) -> None:
    """Sixty events, half of them after the second failure: all are seen, and committed."""
    uploads = config.topics.uploads
    values = [b"%d" % number for number in range(60)]
    await member.source.start()
    working = asyncio.create_task(member.work())
    await asyncio.to_thread(broker.publish, uploads, values[:30], values[:30])
    async with asyncio.timeout(120):
        while len(failures) < 2:
            await asyncio.sleep(0.1)
        await asyncio.to_thread(broker.publish, uploads, values[30:], values[30:])
        while len(member.seen) < 60:
            await asyncio.sleep(0.1)
    await member.source.stop_taking()
    await working
    await member.source.close()
    ends = await asyncio.to_thread(broker.end_offsets, uploads)
    assert broker.committed(config.consumer.group_id, uploads) == ends


async def test_a_consumer_that_fails_for_no_known_reason_is_made_anew(
    kafka_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kafka.consumer.fetcher import Fetcher

    config = kafka_broker.config(kafka_broker.topics(partitions=2))
    given = Fetcher.fetched_records
    failures: list[int] = []

    def failing(self: object, *args: object, **more: object) -> object:
        if len(failures) < 2 and seen:
            failures.append(1)
            raise RuntimeError("a bug of the client's")
        return given(self, *args, **more)

    seen: Counter[bytes] = Counter()
    monkeypatch.setattr(Fetcher, "fetched_records", failing)
    await works_through(Member(KafkaSource(config), seen), failures, kafka_broker, config)


async def test_members_that_fail_for_no_known_reason_are_made_anew(
    kafka_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=2, retry_delays_s=(60,)))
    given = Members.consume
    failures: list[int] = []
    seen: Counter[bytes] = Counter()

    def failing(self: Members, limit: int, timeout_s: float) -> list[Any]:
        if len(failures) < 2 and seen:
            failures.append(1)
            raise RuntimeError("a bug of the client's")
        return given(self, limit, timeout_s)

    monkeypatch.setattr(Members, "consume", failing)
    await works_through(
        Member(stream_client("confluent").source(config), seen), failures, kafka_broker, config
    )


async def test_each_topic_is_shared_evenly_for_itself(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    # As one heap, one of two members would get the uploads and the other the retry topics.
    config = kafka_broker.config(kafka_broker.topics(partitions=6, retry_delays_s=(10, 60)))
    topics = [topic for _, topic in config.topics.inputs()]
    sources = [client.source(config) for _ in range(3)]
    for source in sources:
        await source.start()

    def shares(of: list[KafkaSource]) -> list[Counter[str]]:
        return [Counter(partition.topic for partition in one.partitions) for one in of]

    async with asyncio.timeout(90):
        while any(share != dict.fromkeys(topics, 2) for share in shares(sources)):
            await asyncio.sleep(0.2)
        await sources[2].stop_taking()
        await sources[2].close()
        while any(share != dict.fromkeys(topics, 3) for share in shares(sources[:2])):
            await asyncio.sleep(0.2)
    for source in sources[:2]:
        await source.stop_taking()
        await source.close()
