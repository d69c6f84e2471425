"""What every stream must do, asked of the one in memory, and of a real Kafka by each client."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import CLIENTS, stream_client
from tests.support.stream_harness import InMemory, OnKafka, Stream
from tests.twins.stream import MemoryBroker
from worker.domain.record import Message, Outlet
from worker.stream.protocol import Delivery, Source


@pytest.fixture(
    params=["memory", *(pytest.param(name, marks=pytest.mark.kafka) for name in CLIENTS)]
)
def stream(request: pytest.FixtureRequest) -> Stream:
    if request.param == "memory":
        return InMemory(MemoryBroker())
    broker: KafkaBroker = request.getfixturevalue("kafka_broker")
    config = broker.config(broker.topics(partitions=1))
    return OnKafka(broker, config, stream_client(request.param))


async def take(source: Source, count: int) -> list[Delivery]:
    taken: list[Delivery] = []
    async with asyncio.timeout(60):
        async for delivery in source.deliveries():
            taken.append(delivery)
            if len(taken) == count:
                break
    return taken


async def eventually_committed(stream: Stream, offset: int) -> None:
    async with asyncio.timeout(30):
        while await stream.committed() != offset:
            await asyncio.sleep(0.05)


async def test_records_come_as_they_were_sent(stream: Stream) -> None:
    await stream.upload([b"one", b"two", b""])
    source = stream.source()
    await source.start()
    taken = await take(source, 3)
    assert [delivery.record.value for delivery in taken] == [b"one", b"two", b""]
    assert [delivery.record.offset for delivery in taken] == [0, 1, 2]
    await source.close()


async def test_what_is_not_done_is_not_committed(stream: Stream) -> None:
    await stream.upload([b"0", b"1", b"2"])
    source = stream.source()
    await source.start()
    taken = await take(source, 3)
    source.done(taken[0])
    source.done(taken[2])
    await source.stop_taking()
    await source.close()
    assert await stream.committed() == 1


async def test_what_was_not_done_comes_again(stream: Stream) -> None:
    await stream.upload([b"0", b"1", b"2"])
    source = stream.source()
    await source.start()
    source.done((await take(source, 3))[0])
    await source.close()

    after = stream.source()
    await after.start()
    assert [delivery.record.offset for delivery in await take(after, 2)] == [1, 2]
    await after.close()


async def test_offsets_are_committed_while_it_runs(stream: Stream) -> None:
    await stream.upload([b"0", b"1"])
    source = stream.source()
    await source.start()
    for delivery in await take(source, 2):
        source.done(delivery)
    await eventually_committed(stream, 2)
    await source.close()


async def test_no_more_is_handed_out_than_may_be_in_flight(stream: Stream) -> None:
    source = stream.source(max_in_flight=4)
    await source.start()
    # One by one, for a poll hands out all that it got: the limit pauses the next.
    taken: list[Delivery] = []

    async def keep_taking() -> None:
        async for delivery in source.deliveries():
            taken.append(delivery)  # noqa: PERF401 - watched while it grows

    taking = asyncio.create_task(keep_taking())
    async with asyncio.timeout(60):
        for number in range(4):
            await stream.upload([str(number).encode()])
            while len(taken) <= number:
                await asyncio.sleep(0.01)
    for number in range(4, 12):
        await stream.upload([str(number).encode()])
        await asyncio.sleep(0.15)
    assert 4 <= len(taken) < 12
    async with asyncio.timeout(30):
        done = 0
        while done < 12:
            for delivery in taken[done:]:
                source.done(delivery)
                done += 1
            await asyncio.sleep(0.05)
    assert [delivery.record.offset for delivery in taken] == list(range(12))
    await source.stop_taking()
    await asyncio.wait_for(taking, 10)
    await source.close()


async def test_deliveries_end_once_taking_stops_and_can_still_be_done(stream: Stream) -> None:
    await stream.upload([b"0"])
    source = stream.source()
    await source.start()
    (delivery,) = await take(source, 1)
    await source.stop_taking()
    assert [late async for late in source.deliveries()] == []
    source.done(delivery)
    await source.close()
    assert await stream.committed() == 1


async def test_what_is_published_can_be_read(stream: Stream) -> None:
    sink = stream.sink()
    await sink.start()
    verdict = Message(Outlet.VERDICTS, b"v", b"k", (("tenant", b"t"), ("tenant", b"u")))
    letter = Message(Outlet.DEAD_LETTERS, None, b"k")
    await asyncio.gather(sink.publish(verdict), sink.publish(letter))
    await sink.close()
    assert await stream.published(Outlet.VERDICTS) == [verdict]
    assert await stream.published(Outlet.DEAD_LETTERS) == [letter]
