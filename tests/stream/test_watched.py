"""What a stream tells of itself, on a real broker; and a consumer's thread that stands still."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from tests.support.kafka_broker import KafkaBroker
from tests.support.stream_clients import StreamClient
from tests.telemetry.recorded import Recorded
from worker.app.gauges import show_stream
from worker.app.vitals import Phase, WorkerVitals
from worker.domain.record import Message, Outlet
from worker.settings.settings import Settings
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.stream import KafkaStream
from worker.stream.ledger import Partition
from worker.stream.protocol import Delivery
from worker.stream.witness import Unwitnessed
from worker.telemetry.table import delivery, messaging

pytestmark = pytest.mark.kafka


@dataclass
class Watched:
    """A worker's stream, its metrics, and what came so far."""

    config: KafkaConfig
    recorded: Recorded
    stream: KafkaStream
    arrived: list[Delivery]

    def lag(self) -> dict[int, int | None]:
        """By the partition's number."""
        return {
            partition.number: progress.lag
            for partition, progress in self.stream.source.progress().items()
        }


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not happened():
            await asyncio.sleep(0.05)


@pytest.fixture(params=["at_least_once", "transactional"])
async def watched(
    request: pytest.FixtureRequest, kafka_broker: KafkaBroker, client: StreamClient
) -> AsyncIterator[Watched]:
    config = kafka_broker.config(kafka_broker.topics(partitions=2)).model_copy(
        update={"delivery": request.param}
    )
    recorded = Recorded()
    stream = client.stream(config, recorded.metrics.stream)
    show_stream(recorded.metrics, stream.source, config.topics)
    await stream.start_publishing()
    await stream.source.start()
    arrived: list[Delivery] = []

    async def take() -> None:
        async for one in stream.source.deliveries():
            arrived.append(one)  # noqa: PERF401 - looked at meanwhile

    taking = asyncio.create_task(take())
    yield Watched(config, recorded, stream, arrived)
    await stream.source.stop_taking()
    await taking
    await stream.source.close()
    await stream.end_publishing()


async def test_the_lag_is_what_waits_and_what_is_in_flight(
    watched: Watched, kafka_broker: KafkaBroker
) -> None:
    topics = watched.config.topics
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, [b"x"] * 40)
    ends = await asyncio.to_thread(kafka_broker.end_offsets, topics.uploads)
    await until(lambda: len(watched.arrived) == 40 and watched.lag() == ends)
    source = watched.stream.source
    assert source.in_flight == 40
    assert 0 < source.oldest_age_s < 30
    assert watched.recorded.values(delivery.OLDEST_AGE)[()] > 0
    assert watched.recorded.values(delivery.POLL_AGE)[()] < 10
    assert watched.recorded.values(delivery.PARTITIONS) == {(): 2}
    lags = watched.recorded.values(delivery.LAG)
    inputs = {(topics.uploads, str(number), "uploads"): end for number, end in ends.items()}
    assert lags == inputs

    # The second of each partition is done, the first is not: a gap.
    settling = [
        asyncio.create_task(
            watched.stream.settlement.settle(one, Message(Outlet.VERDICTS, b"v", b"k"))
        )
        for one in sorted(watched.arrived, key=lambda one: one.record.offset, reverse=True)
        if one.record.offset > 0
    ]
    await until(lambda: source.in_flight == sum(end > 0 for end in ends.values()))
    gaps = watched.recorded.values(delivery.GAP)
    assert gaps == {(topics.uploads, str(number)): max(0, end - 1) for number, end in ends.items()}
    assert watched.lag() == ends

    first = [one for one in watched.arrived if one.record.offset == 0]
    settling += [
        asyncio.create_task(
            watched.stream.settlement.settle(one, Message(Outlet.VERDICTS, b"v", b"k"))
        )
        for one in first
    ]
    await asyncio.gather(*settling)
    await until(lambda: set(watched.lag().values()) == {0})
    assert watched.recorded.values(delivery.OLDEST_AGE) == {(): 0}
    commits = watched.recorded.values(delivery.COMMITS)
    assert commits[("ok",)] >= 1
    assert watched.recorded.values(delivery.REBALANCES)[()] >= 1
    sent = watched.recorded.values(messaging.SENT)
    assert sent == {("kafka", "send", topics.verdicts, "None"): 40}
    consumed = watched.recorded.values(messaging.CONSUMED)
    assert consumed == {("kafka", "poll", topics.uploads): 40}
    spent = {
        point.attributes[messaging.OPERATION.name]: point.sum
        for point in watched.recorded.points(messaging.OPERATION_DURATION.name)
    }
    assert spent.keys() == {"poll", "send", "commit"}
    assert all(0 < seconds < 60 for seconds in spent.values())


class Stuck(Unwitnessed):
    """Holds the consumer's thread in its hands, as an endless loop of a library does."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.holds = False

    def polled(self, topic: str, messages: int) -> None:
        self.holds = True
        self.over.wait(60)


async def test_a_thread_that_stands_still_is_not_alive(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    topics = kafka_broker.topics(partitions=1)
    config = kafka_broker.config(topics)
    # The thread's own watchdog would end this process: the vitals are the more impatient ones.
    impatient = config.consumer.model_copy(update={"stall_timeout_s": 3.6})
    vitals = WorkerVitals(Settings(kafka=config.model_copy(update={"consumer": impatient})))
    stuck = Stuck()
    source = client.source(config, witness=stuck)
    vitals.source = source
    assert vitals.alive() is None, "before it starts, nothing is stuck"
    await source.start()
    vitals.enter(Phase.READY)
    await asyncio.sleep(5)
    assert vitals.alive() is None, "an idle consumer makes steps"
    assert vitals.ready() is None
    await asyncio.to_thread(kafka_broker.publish, topics.uploads, [b"x"])
    await until(lambda: stuck.holds)
    await asyncio.sleep(0.3)
    assert vitals.alive() is None
    await until(lambda: vitals.alive() is not None)
    assert "made no step for 4 s" in str(vitals.alive())
    assert vitals.ready() is not None
    stuck.over.set()
    await until(lambda: vitals.alive() is None)
    await source.stop_taking()
    await source.close()
    assert source.poll_age_s is None
    assert vitals.alive() is None, "one that ended as it was told to is not stuck"
    assert set(source.progress()) <= {Partition(topics.uploads, 0)}


async def test_brokers_that_are_away_leave_it_alive(
    kafka_broker: KafkaBroker, client: StreamClient
) -> None:
    config = kafka_broker.config(kafka_broker.topics(partitions=1)).model_copy(
        update={"bootstrap_servers": (f"127.0.0.1:{kafka_broker.far.port}",)}
    )
    vitals = WorkerVitals(
        Settings(
            kafka=config.model_copy(
                update={"consumer": config.consumer.model_copy(update={"stall_timeout_s": 5.0})}
            )
        )
    )
    source = client.source(config)
    vitals.source = source
    await source.start()
    kafka_broker.far.cut()
    try:
        for _ in range(70):
            await asyncio.sleep(0.1)
            assert vitals.alive() is None
    finally:
        kafka_broker.far.heal()
    await source.stop_taking()
    await source.close()
