"""Batches in a real broker's log that a client cannot read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.support import log_surgery
from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import StreamClient
from worker.domain.failure import Reason, Systemic
from worker.domain.record import Record
from worker.stream.kafka.config import KafkaConfig

pytestmark = pytest.mark.kafka

BATCH = [b"damaged-%d" % number for number in range(5)]


async def take_all(client: StreamClient, config: KafkaConfig, offsets: int) -> list[Record]:
    """Records until they stand for so many offsets, each done at once; then a proper end."""
    source = client.source(config)
    await source.start()
    taken: list[Record] = []
    try:
        async with asyncio.timeout(60):
            async for delivery in source.deliveries():
                taken.append(delivery.record)
                source.done(delivery)
                if sum(record.span for record in taken) >= offsets:
                    break
    finally:
        await source.stop_taking()
        await source.close()
    return taken


async def upload_around(
    broker: KafkaBroker, topic: str, damage: Callable[[bytearray], None]
) -> None:
    """Two records, a batch of five that is damaged, two records."""
    await asyncio.to_thread(broker.publish, topic, [b"before-0", b"before-1"])
    await asyncio.to_thread(broker.publish, topic, BATCH, None, [("name", b"x")])
    await asyncio.to_thread(broker.publish, topic, [b"after-0", b"after-1"])
    first, last = log_surgery.operate(broker.logs, topic, BATCH[0], damage)
    assert (first, last) == (2, 6), "the five were not sent as one batch"


@pytest.mark.parametrize(
    ("damage", "problem"),
    [(log_surgery.break_checksum, "checksum"), (log_surgery.set_unknown_codec, "type 5")],
)
async def test_a_batch_that_nobody_can_read_is_passed_by_as_one_damaged_record(
    kafka_broker: KafkaBroker,
    damage: Callable[[bytearray], None],
    problem: str,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    await upload_around(kafka_broker, config.topics.uploads, damage)
    records = await take_all(client, config, 9)
    assert [record.offset for record in records] == [0, 1, 2, 7, 8]
    damaged = records[2]
    assert damaged.span == 5
    assert damaged.damage
    assert problem in damaged.damage
    assert damaged.value
    assert b"damaged-3" in damaged.value
    assert all(record.damage is None for record in records if record is not damaged)
    committed = kafka_broker.committed(config.consumer.group_id, config.topics.uploads)
    assert committed == {0: 9}


async def test_a_header_name_that_is_not_text_costs_nothing(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    await upload_around(kafka_broker, config.topics.uploads, log_surgery.break_header_name)
    records = await take_all(client, config, 9)
    assert [record.value for record in records[2:7]] == BATCH
    assert all(record.damage is None for record in records)
    assert records[2].headers == (("\\xff\\xfe\\xfd\\xfc", b"x"),)
    assert records[2].timestamp_ms
    assert records[3].headers == (("name", b"x"),)


async def test_one_record_that_is_broken_leaves_its_neighbours_whole(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1))
    await upload_around(kafka_broker, config.topics.uploads, log_surgery.break_record)
    records = await take_all(client, config, 9)
    assert [record.offset for record in records] == list(range(9))
    assert records[2].damage
    assert records[2].span == 1
    assert [record.value for record in records[3:7]] == BATCH[1:]


async def test_damage_in_one_partition_does_not_hold_up_the_others(
    kafka_broker: KafkaBroker,
    client: StreamClient,
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=3))
    uploads = config.topics.uploads
    values = [b"value-%d" % number for number in range(60)]
    await asyncio.to_thread(kafka_broker.publish, uploads, values, values)
    sound = await asyncio.to_thread(kafka_broker.read_all, uploads)
    markers = {record.partition: record.value for record in sound}  # type: ignore[attr-defined]
    spans = []
    for partition in (0, 1):
        first, last = log_surgery.operate(
            kafka_broker.logs, uploads, markers[partition], log_surgery.break_checksum, partition
        )
        spans.append(last - first + 1)
    records = await take_all(client, config, 60)
    damaged = [record for record in records if record.damage]
    assert sorted(record.span for record in damaged) == sorted(spans)
    ends = kafka_broker.end_offsets(uploads)
    assert kafka_broker.committed(config.consumer.group_id, uploads) == ends


async def test_damage_ends_a_worker_that_is_to_halt_at_it(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1), on_corrupt_records="halt")
    uploads = config.topics.uploads
    await upload_around(kafka_broker, uploads, log_surgery.break_checksum)
    source = client.source(config)
    await source.start()

    async def settle_all() -> None:
        async for delivery in source.deliveries():
            source.done(delivery)

    with pytest.raises(Systemic, match=rf"{uploads}\[0\]@2\.\.6") as raised:
        await asyncio.wait_for(settle_all(), 60)
    assert raised.value.reason is Reason.CORRUPT_RECORDS
    with pytest.raises(Systemic):
        await source.close()
    assert kafka_broker.committed(config.consumer.group_id, uploads) == {0: 2}


async def test_damage_where_a_worker_begins_is_passed_by(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=2))
    uploads = config.topics.uploads
    values = [b"value-%d" % number for number in range(30)]
    await asyncio.to_thread(kafka_broker.publish, uploads, values, values)
    sound = await asyncio.to_thread(kafka_broker.read_all, uploads)
    for partition in (0, 1):
        marker = next(one.value for one in sound if one.partition == partition)  # type: ignore[attr-defined]
        first, _ = log_surgery.operate(
            kafka_broker.logs, uploads, marker, log_surgery.break_checksum, partition
        )
        assert first == 0
    records = await take_all(client, config, 30)
    damaged = [record for record in records if record.damage]
    assert [record.offset for record in damaged] == [0, 0]
    assert {record.partition for record in damaged} == {0, 1}
