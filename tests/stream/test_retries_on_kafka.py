"""Retry topics, on a real broker."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import StreamClient
from worker.domain.lane import Lane

pytestmark = pytest.mark.kafka


def due_in(seconds: float) -> list[tuple[str, bytes]]:
    return [("ivy-retry-not-before", str(round((time.time() + seconds) * 1000)).encode())]


async def test_a_record_that_waits_holds_up_no_other_topic_and_comes_when_it_is_due(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    topics = kafka_broker.topics(partitions=1, retry_delays_s=(4, 60))
    config = kafka_broker.config(topics)
    short, long = (topic.name for topic in topics.retries)
    source = client.source(config)
    await source.start()
    came: dict[bytes, float] = {}

    async def settle() -> None:
        async for delivery in source.deliveries():
            assert delivery.record.value is not None
            came[delivery.record.value] = time.time()
            source.done(delivery)

    settling = asyncio.create_task(settle())
    await asyncio.to_thread(kafka_broker.publish, short, [b"now"], None, due_in(-1))
    begun = time.time()
    await asyncio.to_thread(kafka_broker.publish, short, [b"soon", b"soon too"], None, due_in(4))
    await asyncio.to_thread(kafka_broker.publish, long, [b"late"], None, due_in(60))
    async with asyncio.timeout(30):
        for number in range(8):
            value = b"live-%d" % number
            await asyncio.to_thread(kafka_broker.publish, topics.uploads, [value])
            while value not in came:
                await asyncio.sleep(0.02)
        while b"soon too" not in came:
            await asyncio.sleep(0.02)
    await source.stop_taking()
    await settling
    await source.close()
    assert came[b"soon"] >= begun + 3.5
    assert b"late" not in came
    # What waits is not committed: the next worker finds it.
    group = config.consumer.group_id
    assert kafka_broker.committed(group, short) == {0: 3}
    assert kafka_broker.committed(group, long) == {}


async def test_backfill_is_taken_in_its_own_lane_and_a_part_of_the_window(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    topics = kafka_broker.topics(partitions=1, backfill=True)
    config = kafka_broker.config(topics, max_in_flight=40, max_poll_records=5)
    assert topics.backfill
    await asyncio.to_thread(
        kafka_broker.publish, topics.backfill, [b"old-%d" % number for number in range(100)]
    )
    source = client.source(config)
    await source.start()
    taken: list[Lane] = []

    async def watch() -> None:
        async for delivery in source.deliveries():
            taken.append(delivery.record.lane)  # noqa: PERF401 - watched while it grows

    watching = asyncio.create_task(watch())
    async with asyncio.timeout(30):
        while len(taken) < 10:
            await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    backfilled = taken.count(Lane.BACKFILL)
    assert 10 <= backfilled <= 15  # a quarter of the window, and a poll's overshoot
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, [b"x"] * 10)
    async with asyncio.timeout(20):
        while taken.count(Lane.LIVE) < 10:
            await asyncio.sleep(0.05)
    assert taken.count(Lane.BACKFILL) == backfilled
    await source.stop_taking()
    await watching
    await source.close()
