"""What is read of a topic, and what not."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer

from tests.dead_letters.letters import letter_message
from tests.dead_letters.topic import START_MS, NoUtf8, break_batch, publish
from tests.support.factories import make_record
from tests.support.kafka_broker import KafkaBroker
from tests.support.ports import free_port
from worker.domain.failure import Systemic
from worker.domain.record import Message, Outlet
from worker.stream.kafka.config import KafkaConfig
from worker.stream.kafka.topic_reader import Span, TopicReader

pytestmark = pytest.mark.kafka

SETTING = "kafka.topics.dead_letters"


def plain(*values: str) -> list[Message]:
    return [Message(Outlet.DEAD_LETTERS, value.encode()) for value in values]


@pytest.fixture
def config(kafka_broker: KafkaBroker) -> KafkaConfig:
    return kafka_broker.config(kafka_broker.topics(partitions=2))


@pytest.fixture
def topic(config: KafkaConfig) -> str:
    return config.topics.dead_letters


def values_of(reader: TopicReader, spans: tuple[Span, ...]) -> list[bytes | None]:
    return [record.value for record in reader.read(spans)]


def test_it_reads_to_the_end_as_it_was_at_the_start(config: KafkaConfig, topic: str) -> None:
    bootstrap = config.bootstrap_servers[0]
    publish(bootstrap, topic, plain("a", "b"))
    publish(bootstrap, topic, plain("c"), partition=1)
    with TopicReader(config, topic, SETTING) as reader:
        spans = reader.spans()
        publish(bootstrap, topic, plain("late"))
        assert spans == (Span(0, 0, 2), Span(1, 0, 1))
        assert values_of(reader, spans) == [b"a", b"b", b"c"]
        assert values_of(reader, reader.spans(partition=1)) == [b"c"]
        assert values_of(reader, (Span(0, 1, 2),)) == [b"b"]


def test_a_stop_is_seen(config: KafkaConfig, topic: str) -> None:
    publish(config.bootstrap_servers[0], topic, plain("a", "b", "c"))
    publish(config.bootstrap_servers[0], topic, plain("d"), partition=1)
    seen: list[bytes | None] = []
    with TopicReader(config, topic, SETTING) as reader:
        seen.extend(
            record.value for record in reader.read(reader.spans(), stopped=lambda: bool(seen))
        )
    # What came in the same fetch is given; the other partition is not begun.
    assert seen == [b"a", b"b", b"c"]


def test_the_topic_s_timestamps_say_where_to_begin(config: KafkaConfig, topic: str) -> None:
    hour_ms = 3_600_000
    times = [START_MS + number * hour_ms for number in range(10)]
    messages = plain(*map(str, range(10)))
    publish(config.bootstrap_servers[0], topic, messages, timestamps_ms=times)
    since = datetime.fromtimestamp(times[6] / 1000, UTC)
    with TopicReader(config, topic, SETTING) as reader:
        (span, _) = reader.spans(since=since)
        assert span.start == 6
        (span, _) = reader.spans(since=since + timedelta(days=9))
        assert span.offsets == 0
        (span, _) = reader.spans(since=datetime(1970, 1, 1, tzinfo=UTC))
        assert span.start == 0


def test_only_what_was_committed_is_read(config: KafkaConfig, topic: str) -> None:
    producer = KafkaProducer(
        bootstrap_servers=config.bootstrap_servers[0], transactional_id=f"tx-{topic}"
    )
    producer.init_transactions()
    for value, commit in ((b"given up", False), (b"kept", True), (b"given up, too", False)):
        producer.begin_transaction()
        producer.send(topic, value, partition=0)
        producer.flush()
        producer.commit_transaction() if commit else producer.abort_transaction()
    producer.close()
    with TopicReader(config, topic, SETTING) as reader:
        (span, _) = reader.spans()
        assert span.offsets == 6  # a mark for each of them
        assert values_of(reader, (span,)) == [b"kept"]


def test_a_batch_that_no_client_can_read_is_told_and_passed_by(
    config: KafkaConfig, topic: str
) -> None:
    bootstrap = config.bootstrap_servers[0]
    publish(bootstrap, topic, plain("before"))
    publish(bootstrap, topic, plain("lost", "too"))
    publish(bootstrap, topic, plain("after"))
    break_batch(bootstrap, topic, number=1)
    with TopicReader(config, topic, SETTING) as reader:
        records = list(reader.read(reader.spans()))
        assert reader.record_at(0, 1) is None
    assert [(record.offset, record.span) for record in records] == [(0, 1), (1, 2), (3, 1)]
    assert [record.damage is None for record in records] == [True, False, True]
    assert (records[0].value, records[2].value) == (b"before", b"after")


def test_what_can_be_read_of_a_batch_that_makes_a_poll_raise_is_read(
    config: KafkaConfig, topic: str
) -> None:
    bootstrap = config.bootstrap_servers[0]
    odd = Message(Outlet.DEAD_LETTERS, b"odd", headers=((NoUtf8("name"), b"x"),))
    publish(bootstrap, topic, [*plain("before"), odd, *plain("after")])
    with TopicReader(config, topic, SETTING) as reader:
        records = list(reader.read(reader.spans()))
    assert [record.value for record in records] == [b"before", b"odd", b"after"]
    assert records[1].headers == (("\\xff", b"x"),)


def test_one_record_by_its_place(config: KafkaConfig, topic: str) -> None:
    publish(config.bootstrap_servers[0], topic, plain("a", "b"))
    with TopicReader(config, topic, SETTING) as reader:
        found = reader.record_at(0, 1)
        assert found is not None
        assert (found.offset, found.value) == (1, b"b")
        assert reader.record_at(0, 2) is None
        assert reader.record_at(1, 0) is None
        assert reader.record_at(7, 0) is None


def test_a_missing_topic_partition_or_broker_is_named(config: KafkaConfig, topic: str) -> None:
    with pytest.raises(Systemic, match=r"'nowhere' \(kafka\.topics\.dead_letters\)"):
        TopicReader(config, "nowhere", SETTING).__enter__()
    with TopicReader(config, topic, SETTING) as reader, pytest.raises(Systemic, match="it has 2"):
        reader.spans(partition=2)
    away = KafkaConfig(bootstrap_servers=(f"127.0.0.1:{free_port()}",), connect_timeout_ms=1_000)
    with pytest.raises(Systemic, match=r"kafka\.bootstrap_servers"):
        TopicReader(away, topic, SETTING).__enter__()


def test_a_group_remembers_a_place(config: KafkaConfig, topic: str) -> None:
    with TopicReader(config, topic, SETTING, group=f"g-{topic}") as reader:
        assert reader.committed(0) is None
        reader.commit({0: 5, 1: 7})
    with TopicReader(config, topic, SETTING, group=f"g-{topic}") as reader:
        assert (reader.committed(0), reader.committed(1)) == (5, 7)


def test_memory_does_not_grow_with_the_topic(config: KafkaConfig, topic: str) -> None:
    message = letter_message(make_record(b"x" * 4_000))
    bootstrap = config.bootstrap_servers[0]
    publish(bootstrap, topic, [message] * 600)
    publish(bootstrap, topic, [message] * 6_000, partition=1)
    peaks = []
    with TopicReader(config, topic, SETTING) as reader:
        for span in reader.spans():
            tracemalloc.start()
            assert sum(1 for _ in reader.read((span,))) == span.offsets
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    # Ten times the letters, 24 MB of payload: a fetch or two of a megabyte each are held.
    assert peaks[1] < peaks[0] + 4 * 1024**2, peaks
