"""When retry records are begun."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kafka import TopicPartition

from worker.domain.record import Record
from worker.stream.kafka.topic_names import RetryTopic, TopicNames
from worker.stream.kafka.waits import Waits

TOPICS = TopicNames(retries=(RetryTopic(name="later", delay_s=10),))
LATER = TopicPartition("later", 0)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Clocks:
    def __init__(self) -> None:
        self.wall = NOON
        self.steady = 100.0

    def waits(self) -> Waits:
        return Waits(TOPICS, lambda: self.wall, lambda: self.steady)


def record(offset: int, due: datetime | None) -> Record:
    headers = () if due is None else (("ivy-retry-not-before", _ms(due)),)
    return Record("later", 0, offset, b"v", headers=headers)


def _ms(moment: datetime) -> bytes:
    return str(round(moment.timestamp() * 1000)).encode()


def test_what_is_due_is_begun_and_the_rest_waits() -> None:
    clocks = Clocks()
    waits = clocks.waits()
    records = [record(0, NOON), record(1, NOON + timedelta(seconds=5)), record(2, NOON)]
    assert waits.due(LATER, records) == records[:1]
    assert waits.waiting() == {LATER}
    clocks.wall += timedelta(seconds=5)
    assert waits.waiting() == set()
    assert waits.due(LATER, records[1:]) == records[1:]


def test_a_clock_set_back_makes_nobody_wait_longer_than_the_topic_says() -> None:
    clocks = Clocks()
    waits = clocks.waits()
    records = [record(0, NOON + timedelta(seconds=10))]
    assert waits.due(LATER, records) == []
    clocks.wall -= timedelta(days=300)
    clocks.steady += 9.9
    assert waits.due(LATER, records) == []
    assert waits.waiting() == {LATER}
    clocks.steady += 0.2
    assert waits.waiting() == set()
    assert waits.due(LATER, records) == records


def test_a_record_without_a_time_and_one_with_nonsense_are_begun_at_once() -> None:
    nonsense = Record("later", 0, 1, b"v", headers=(("ivy-retry-not-before", b"soon"),))
    records = [record(0, None), nonsense]
    assert Clocks().waits().due(LATER, records) == records


def test_other_topics_do_not_wait() -> None:
    uploads = TopicPartition("media.uploads", 0)
    records = [record(0, NOON + timedelta(days=1))]
    assert Clocks().waits().due(uploads, records) == records


def test_a_partition_that_is_read_anew_is_looked_at_anew() -> None:
    waits = Clocks().waits()
    assert waits.due(LATER, [record(0, NOON + timedelta(seconds=5))]) == []
    waits.forget(LATER)
    assert waits.waiting() == set()
