"""Verdicts in a real topic."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer

from tests.support.kafka_broker import KafkaBroker
from tests.support.ports import free_port
from worker.domain.failure import Systemic
from worker.shadow.topic import Topic
from worker.stream.kafka.config import KafkaConfig

pytestmark = pytest.mark.kafka


def read(
    broker: KafkaBroker, topic: str, since: datetime | None = None
) -> tuple[list[bytes | None], list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    config = KafkaConfig(bootstrap_servers=(broker.bootstrap,))
    values = Topic(config, topic, since).values(lambda done, total: told.append((done, total)))
    return list(values), told


def test_everything_up_to_the_end_and_in_order(kafka_broker: KafkaBroker) -> None:
    topic = kafka_broker.topics(partitions=3).verdicts
    values = [f"{number}".encode() for number in range(5000)]
    kafka_broker.publish(topic, values, keys=[b"k%d" % (n % 50) for n in range(5000)])
    found, told = read(kafka_broker, topic)
    assert sorted(found, key=lambda value: int(value or b"")) == values
    of_one_key = [int(value or b"") for value in found if int(value or b"") % 50 == 7]
    assert of_one_key == sorted(of_one_key)
    assert told[-1] == (5000, 5000)


def test_an_empty_topic_has_nothing(kafka_broker: KafkaBroker) -> None:
    assert read(kafka_broker, kafka_broker.topics().verdicts)[0] == []


def test_only_from_a_time_on(kafka_broker: KafkaBroker) -> None:
    topic = kafka_broker.topics(partitions=2).verdicts
    kafka_broker.publish(topic, [b"old"] * 100, keys=[b"%d" % n for n in range(100)])
    time.sleep(0.1)
    since = datetime.now(UTC)
    kafka_broker.publish(topic, [b"new"] * 10, keys=[b"%d" % n for n in range(10)])
    assert read(kafka_broker, topic, since)[0] == [b"new"] * 10
    assert read(kafka_broker, topic, since + timedelta(hours=1))[0] == []


def test_of_transactions_only_what_was_committed(kafka_broker: KafkaBroker) -> None:
    topic = kafka_broker.topics(partitions=1).verdicts
    producer = KafkaProducer(
        bootstrap_servers=kafka_broker.bootstrap, transactional_id=f"t-{topic}", acks="all"
    )
    producer.init_transactions()
    for value, commit in ((b"kept", True), (b"taken back", False), (b"kept too", True)):
        producer.begin_transaction()
        producer.send(topic, value)
        if commit:
            producer.commit_transaction()
        else:
            producer.flush()
            producer.abort_transaction()
    producer.close()
    # The topic ends with the mark of a transaction, which is no record: it must not be waited for.
    begun = time.monotonic()
    assert read(kafka_broker, topic)[0] == [b"kept", b"kept too"]
    assert time.monotonic() - begun < 15


def test_a_topic_or_a_broker_that_is_not_there_is_named(
    kafka_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.stream.kafka.topic_reader.FIND_TIMEOUT_MS", 500)
    with pytest.raises(Systemic) as missing:
        read(kafka_broker, "no-such-topic")
    assert "no topic 'no-such-topic'" in missing.value.detail
    nowhere = KafkaConfig(bootstrap_servers=(f"127.0.0.1:{free_port()}",), connect_timeout_ms=1000)
    with pytest.raises(Systemic) as away:
        list(Topic(nowhere, "any").values(lambda *_: None))
    assert "kafka.bootstrap_servers" in away.value.detail
