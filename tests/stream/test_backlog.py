"""A topic with far more in it than a worker can hold, on a real broker."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import StreamClient

pytestmark = pytest.mark.kafka

EVENTS = 200_000
VALUE = b"x" * 600
"""Bytes of an upload event, as they are."""

FLAT_BYTES = 64 * 1024**2
"""What may come on top while 120 MB pass by: the fetches that are under way, and the allocator."""


def fill(bootstrap: str, topic: str) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "acks": "all"})
    for number in range(EVENTS):
        while True:
            try:
                producer.produce(topic, VALUE, key=b"%d" % number)
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(60) == 0


def resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_memory_stays_flat_in_front_of_a_backlog_and_while_it_passes(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=4), max_in_flight=500)
    uploads = config.topics.uploads
    await asyncio.to_thread(fill, kafka_broker.bootstrap, uploads)
    source = client.source(config)
    await source.start()
    taken = 0
    most_in_flight = 0
    deliveries = source.deliveries()
    first = [await anext(deliveries) for _ in range(500)]
    begun = resident_bytes()
    # Nothing is done: it stands in front of the backlog, and takes no more than it may.
    await asyncio.sleep(3)
    assert source.in_flight <= 500 + config.consumer.max_poll_records
    waited = resident_bytes()
    for delivery in first:
        source.done(delivery)
    async with asyncio.timeout(120):
        async for delivery in deliveries:
            most_in_flight = max(most_in_flight, source.in_flight)
            source.done(delivery)
            taken += 1
            if taken == EVENTS - 500:
                break
    passed = resident_bytes()
    await source.stop_taking()
    await source.close()
    assert most_in_flight <= 500 + config.consumer.max_poll_records
    assert waited - begun < FLAT_BYTES
    assert passed - begun < FLAT_BYTES
    ends = await asyncio.to_thread(kafka_broker.end_offsets, uploads)
    assert kafka_broker.committed(config.consumer.group_id, uploads) == ends
