"""Replays on a real Kafka: what is published, what is remembered, what is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import ConfigResource, ConfigResourceType

from tests.dead_letters.letters import letter_message
from tests.dead_letters.topic import as_records, break_batch, publish
from tests.support.factories import NOON, make_record, make_upload
from tests.support.kafka_broker import KafkaBroker
from worker.dead_letters.filters import LetterFilter
from worker.dead_letters.letter import Letter, replays_of
from worker.dead_letters.origins import Origins
from worker.dead_letters.pace import Pace
from worker.dead_letters.plan import Copy, Planner, Refusal, Refused
from worker.dead_letters.publisher import Publisher
from worker.dead_letters.replay import Replay, Tally
from worker.dead_letters.selection import go_on_from_group, spans_of
from worker.domain.failure import Reason
from worker.domain.lineage import Lineage
from worker.domain.record import Message, Record
from worker.events.codec import EventCodec
from worker.stream.kafka.config import KafkaConfig, ProducerConfig
from worker.stream.kafka.topic_reader import TopicReader

pytestmark = pytest.mark.kafka


ALL = LetterFilter()


@dataclass
class Bench:
    """A dead-letter topic, and replays of it."""

    broker: KafkaBroker
    config: KafkaConfig
    told: list[tuple[Letter, Copy | Refused]] = field(default_factory=list)
    damaged: list[Record] = field(default_factory=list)

    @property
    def uploads(self) -> str:
        return self.config.topics.uploads

    def upload(self, number: int = 0, **changes: Any) -> Record:
        value = make_upload(event_id=f"e-{number}")
        fields = {"value": value, "topic": self.uploads, "key": b"k", "offset": number}
        return make_record(**{**fields, **changes})

    def fill(self, *messages: Message, partition: int = 0) -> None:
        publish(
            self.broker.bootstrap, self.config.topics.dead_letters, messages, partition=partition
        )

    def replay(
        self,
        wanted: LetterFilter = ALL,
        *,
        group: str | None = None,
        to: str | None = None,
        dry: bool = False,
        stopped: Callable[[], bool] = lambda: False,
        during: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> Tally:
        topic = self.config.topics.dead_letters
        with (
            TopicReader(self.config, topic, "kafka.topics.dead_letters", group=group) as reader,
            Publisher(self.config) as publisher,
            Origins(self.config) as origins,
        ):
            spans = spans_of(reader, wanted)
            if group is not None:
                spans = go_on_from_group(reader, spans, lambda said: None)
            during()
            planner = Planner(
                self.config.topics, to=to, max_replays=3, fetch=origins.fetch, now=lambda: NOON
            )
            return Replay(
                reader,
                planner,
                None if dry else publisher,
                wanted=wanted,
                tell=lambda letter, plan: self.told.append((letter, plan)),
                damaged=self.damaged.append,
                remember=group is not None,
                stopped=stopped,
                **options,
            ).run(spans)

    def read(self, topic: str | None = None) -> list[Record]:
        return as_records(self.broker.read_all(topic or self.uploads))

    def committed(self, group: str) -> dict[int, int]:
        return self.broker.committed(group, self.config.topics.dead_letters)


def configure(bench: Bench, settings: dict[str, str]) -> None:
    """Change the uploads' topic."""
    admin = KafkaAdminClient(bootstrap_servers=bench.broker.bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, bench.uploads, settings)])
    admin.close()


@pytest.fixture
def bench(kafka_broker: KafkaBroker) -> Bench:
    return Bench(kafka_broker, kafka_broker.config(kafka_broker.topics(partitions=2)))


def test_a_replayed_letter_is_the_same_event_and_says_where_it_has_been(bench: Bench) -> None:
    record = bench.upload(7, headers=(("traceparent", b"00-1"), ("x", b""), ("x", b"\xff")))
    bench.fill(letter_message(record))
    assert bench.replay() == Tally(read=1, matched=1, replayed=1)
    (again,) = bench.read()
    assert (again.key, again.value) == (record.key, record.value)
    assert again.headers == (
        *record.headers,
        ("ivy-replay-count", b"1"),
        ("ivy-replay-of", f"{bench.config.topics.dead_letters}[0]@0".encode()),
        ("ivy-replay-at", NOON.isoformat().encode()),
    )
    codec = EventCodec()
    assert codec.read_upload(again) == codec.read_upload(record)
    assert Lineage.of(again).tier == 0


def test_a_chain_of_replays_stops(bench: Bench) -> None:
    """A worker that fails each time, and somebody who replays each time."""
    bench.fill(letter_message(bench.upload()))
    tallies = []
    for _ in range(5):
        seen = len(bench.read())
        tallies.append(bench.replay(LetterFilter(offset=seen, partition=0)))
        came = bench.read()[seen:]
        bench.fill(*map(letter_message, came))
    assert [tally.replayed for tally in tallies] == [1, 1, 1, 0, 0]
    assert tallies[3].refused == {Refusal.MAX_REPLAYS: 1}
    assert not tallies[3].clean
    assert sorted(replays_of(record.headers) for record in bench.read()) == [1, 2, 3]


def test_letters_that_come_of_a_replay_are_not_in_it(bench: Bench) -> None:
    bench.fill(*[letter_message(bench.upload(n)) for n in range(3)])
    tally = bench.replay(during=lambda: bench.fill(letter_message(bench.upload(9))))
    assert tally.replayed == 3


def test_only_what_is_meant_and_no_more_than_the_limit(bench: Bench) -> None:
    for tenant in ("acme", "other"):
        bench.fill(*[letter_message(bench.upload(n), tenant=tenant) for n in range(10)])
    bench.fill(Message(letter_message(bench.upload()).outlet, b"not a letter"))
    assert bench.replay(LetterFilter(tenant="other"), limit=4) == Tally(
        read=14, matched=4, replayed=4
    )
    assert bench.replay(LetterFilter(tenant="none")) == Tally(read=21, foreign=1)
    assert len(bench.read()) == 4


def test_a_dry_run_publishes_and_commits_nothing(bench: Bench) -> None:
    bench.fill(letter_message(bench.upload()), letter_message(make_record(b"", span=3)))
    tally = bench.replay(dry=True, group="dry")
    assert (tally.replayed, tally.refused) == (1, {Refusal.DAMAGED_BATCH: 1})
    assert bench.read() == []
    assert bench.committed("dry") == {}
    assert [type(plan) for _, plan in bench.told] == [Copy, Refused]


def test_a_payload_that_was_left_out_is_fetched_from_where_it_came(bench: Bench) -> None:
    bench.broker.publish(bench.uploads, [b"first", b"second"], [b"same", b"same"])
    first, second = bench.read()
    lost = bench.upload(99, partition=first.partition)
    bench.fill(
        letter_message(second, payload_dropped=True, reason=Reason.OUTCOME_TOO_LARGE),
        letter_message(lost, payload_dropped=True),
    )
    tally = bench.replay()
    assert (tally.replayed, tally.refused) == (1, {Refusal.PAYLOAD_GONE: 1})
    again = bench.read()[-1]
    assert (again.key, again.value, replays_of(again.headers)) == (b"same", b"second", 1)


class TestGroup:
    def test_it_goes_on_where_it_was_past_all_that_was_read(self, bench: Bench) -> None:
        group = f"group-{bench.uploads}"
        bench.fill(*[letter_message(bench.upload(n), tenant=str(n % 2)) for n in range(6)])
        wanted = LetterFilter(tenant="0")
        assert bench.replay(wanted, group=group).replayed == 3
        assert bench.committed(group) == {0: 6, 1: 0}
        assert bench.replay(wanted, group=group).read == 0
        bench.fill(letter_message(bench.upload(8), tenant="0"))
        bench.fill(letter_message(bench.upload(9), tenant="0"), partition=1)
        assert bench.replay(wanted, group=group) == Tally(read=2, matched=2, replayed=2)
        assert bench.committed(group) == {0: 7, 1: 1}

    def test_a_limit_and_a_stop_leave_the_rest(self, bench: Bench) -> None:
        group = f"group-{bench.uploads}"
        bench.fill(*[letter_message(bench.upload(n)) for n in range(20)])
        assert bench.replay(group=group, limit=5).replayed == 5
        assert bench.committed(group) == {0: 5, 1: 0}
        tally = bench.replay(group=group, stopped=lambda: len(bench.told) >= 8, pace=Pace(50))
        assert 3 <= tally.replayed < 15
        assert bench.committed(group) == {0: 5 + tally.replayed, 1: 0}
        bench.replay(group=group)
        offsets = sorted(letter.record.offset for letter, _ in bench.told)
        assert offsets == list(range(20))

    def test_what_is_refused_is_passed(self, bench: Bench) -> None:
        group = f"group-{bench.uploads}"
        bench.fill(letter_message(make_record(b"", span=3)))
        assert bench.replay(group=group).refused == {Refusal.DAMAGED_BATCH: 1}
        assert bench.committed(group) == {0: 1, 1: 0}

    def test_a_topic_that_was_made_anew_is_read_from_its_beginning(self, bench: Bench) -> None:
        group = f"group-{bench.uploads}"
        topic = bench.config.topics.dead_letters
        with TopicReader(bench.config, topic, "", group=group) as reader:
            reader.commit({0: 50})
        bench.fill(letter_message(bench.upload()))
        assert bench.replay(group=group).replayed == 1

    def test_one_that_is_in_use_is_told_before_anything_is_published(self, bench: Bench) -> None:
        group = f"group-{bench.uploads}"
        bench.fill(letter_message(bench.upload()))
        member = KafkaConsumer(
            bench.config.topics.dead_letters,
            bootstrap_servers=bench.broker.bootstrap,
            group_id=group,
        )
        deadline = time.monotonic() + 30
        while not member.assignment() and time.monotonic() < deadline:
            member.poll(timeout_ms=500)
        tally = bench.replay(group=group)
        member.close(autocommit=False)
        assert tally.failure is not None
        assert "--group" in tally.failure.detail
        assert bench.read() == []


def test_what_no_client_can_read_is_told_and_passed_by(bench: Bench) -> None:
    for number in range(3):
        bench.fill(letter_message(bench.upload(number)))
    break_batch(bench.broker.bootstrap, bench.config.topics.dead_letters, number=1)
    tally = bench.replay()
    assert (tally.replayed, tally.damaged, tally.clean) == (2, 1, False)
    assert [record.offset for record in bench.damaged] == [1]


def test_a_topic_that_is_not_there_is_told(bench: Bench) -> None:
    bench.fill(letter_message(bench.upload()))
    assert bench.replay(to="nowhere").refused == {Refusal.NO_TOPIC: 1}
    ((_, plan),) = bench.told
    assert isinstance(plan, Refused)
    assert "'nowhere'" in plan.detail


def test_what_the_topic_does_not_take_is_refused_and_the_rest_goes_on(bench: Bench) -> None:
    configure(bench, {"max.message.bytes": "2000"})
    large = bench.upload(1, value=bytes(range(256)) * 20)
    larger = bench.upload(2, value=bytes(20_000))
    bench.config = bench.config.model_copy(
        update={"producer": ProducerConfig(compression="none", max_request_size=10_000)}
    )
    bench.fill(*map(letter_message, (bench.upload(0), large, larger, bench.upload(3))))
    group = f"group-{bench.uploads}"
    tally = bench.replay(group=group)
    assert (tally.replayed, tally.refused, tally.failure) == (2, {Refusal.TOO_LARGE: 2}, None)
    assert bench.committed(group) == {0: 4, 1: 0}


def test_what_the_brokers_refuse_ends_it_and_is_not_passed(bench: Bench) -> None:
    """A compacted topic takes no record without a key: somebody named the wrong topic."""
    group = f"group-{bench.uploads}"
    configure(bench, {"cleanup.policy": "compact"})
    keys = (b"k", None, b"k", b"k")
    bench.fill(*[letter_message(bench.upload(n, key=key)) for n, key in enumerate(keys)])
    tally = bench.replay(group=group, pace=Pace(10))
    assert tally.failure is not None
    assert f"{bench.uploads!r} did not take" in tally.failure.detail
    assert tally.failed >= 1
    assert not tally.clean
    assert bench.committed(group) == {0: 1, 1: 0}
    assert len(bench.read()) == tally.replayed
    configure(bench, {"cleanup.policy": "delete"})
    assert bench.replay(group=group).replayed == 3


def test_the_rate_is_kept(bench: Bench) -> None:
    bench.fill(*[letter_message(bench.upload(n)) for n in range(21)])
    begun = time.monotonic()
    assert bench.replay(pace=Pace(20)).replayed == 21
    assert time.monotonic() - begun >= 1.0
