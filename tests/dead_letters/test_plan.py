"""Where a letter goes, or why it stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.dead_letters.letters import TOPICS, make_letter
from tests.support.factories import NOON, make_record
from worker.dead_letters.letter import Origin
from worker.dead_letters.plan import Copy, Planner, Refusal, Refused
from worker.domain.failure import Reason
from worker.domain.record import Record


def planner(found: Record | None = None, **changes: Any) -> Planner:
    """One that finds ``found`` at any origin."""
    values: dict[str, Any] = {"to": None, "max_replays": 3, "fetch": lambda origin: found}
    return Planner(TOPICS, **{**values, **changes}, now=lambda: NOON)


def refusal(plan: Copy | Refused) -> Refusal:
    assert isinstance(plan, Refused), plan
    return plan.refusal


@pytest.mark.parametrize(
    ("came_from", "goes_to"),
    [
        ("media.uploads", "media.uploads"),
        ("media.backfill", "media.backfill"),
        ("media.uploads.retry.1m", "media.uploads"),
    ],
)
def test_an_event_goes_where_it_came_from(came_from: str, goes_to: str) -> None:
    record = make_record({"a": 1}, key=b"k", topic=came_from, headers=(("x", b"1"),))
    copy = planner().plan(make_letter(record))
    assert isinstance(copy, Copy)
    assert (copy.topic, copy.key, copy.value) == (goes_to, b"k", record.value)
    assert copy.headers == (
        ("x", b"1"),
        ("ivy-replay-count", b"1"),
        ("ivy-replay-of", b"media.uploads.dlq[3]@1207"),
        ("ivy-replay-at", NOON.isoformat().encode()),
    )


def test_one_that_went_through_retries_goes_where_it_first_came_from() -> None:
    past = (
        ("ivy-retry-topic", b"media.backfill"),
        ("ivy-retry-partition", b"0"),
        ("ivy-retry-offset", b"1"),
        ("ivy-retry-tier", b"2"),
        ("ivy-retry-attempts", b"8"),
    )
    record = replace(make_record({}, topic="r", headers=past), is_retry=True)
    copy = planner().plan(make_letter(record))
    assert isinstance(copy, Copy)
    assert copy.topic == "media.backfill"
    assert not any(name.startswith("ivy-retry-") for name, _ in copy.headers)


def test_headers_cannot_send_an_event_to_a_topic_of_their_choice() -> None:
    """Whoever can write to a retry topic."""
    forged = (
        ("ivy-retry-topic", b"media.verdicts"),
        ("ivy-retry-partition", b"0"),
        ("ivy-retry-offset", b"1"),
        ("ivy-retry-tier", b"0"),
        ("ivy-retry-attempts", b"0"),
    )
    record = replace(make_record({}, topic="media.uploads", headers=forged), is_retry=True)
    assert refusal(planner().plan(make_letter(record))) is Refusal.NO_ORIGIN
    # Nor bring a record of any topic into the uploads.
    dropped = make_letter(record, payload_dropped=True)
    secret = make_record(b"of another topic")
    plan = planner(found=secret, to="media.uploads").plan(dropped)
    assert refusal(plan) is Refusal.PAYLOAD_GONE


def test_a_topic_that_is_named_goes_before() -> None:
    letter = make_letter(make_record({}, topic="elsewhere"))
    copy = planner(to="mine").plan(letter)
    assert isinstance(copy, Copy)
    assert copy.topic == "mine"


def test_a_damaged_batch_is_refused_wherever_it_is_to_go() -> None:
    damaged = make_letter(make_record(b"\0", span=5), reason=Reason.CORRUPT_RECORDS)
    assert refusal(planner(to="mine").plan(damaged)) is Refusal.DAMAGED_BATCH


def test_a_record_with_neither_key_nor_value_gets_an_empty_value() -> None:
    letter = make_letter(make_record(None, topic="media.uploads"))
    copy = planner().plan(letter)
    assert isinstance(copy, Copy)
    assert (copy.key, copy.value) == (None, b"")
    deletion = make_letter(make_record(None, key=b"k", topic="media.uploads"))
    copy = planner().plan(deletion)
    assert isinstance(copy, Copy)
    assert (copy.key, copy.value) == (b"k", None)


class TestWithoutPayload:
    came = make_record(
        {"a": 1}, topic="media.uploads", partition=2, offset=9, key=b"k", timestamp_ms=77
    )
    letter = make_letter(came, payload_dropped=True)

    def test_it_is_taken_from_where_it_came(self) -> None:
        asked: list[Origin] = []

        def fetch(origin: Origin) -> Record:
            asked.append(origin)
            return self.came

        copy = planner(fetch=fetch).plan(self.letter)
        assert isinstance(copy, Copy)
        assert (copy.key, copy.value) == (self.came.key, self.came.value)
        assert asked == [Origin("media.uploads", 2, 9, 77)]

    def test_it_is_refused_where_that_is_gone(self) -> None:
        assert refusal(planner(found=None).plan(self.letter)) is Refusal.PAYLOAD_GONE

    def test_it_is_refused_where_another_record_stands_there(self) -> None:
        other = make_record({"b": 2}, timestamp_ms=78)
        assert refusal(planner(found=other).plan(self.letter)) is Refusal.PAYLOAD_GONE

    def test_the_count_of_its_replays_is_taken_from_there_too(self) -> None:
        headers = (("ivy-replay-count", b"2"),)
        came = make_record({}, timestamp_ms=77, headers=headers)
        copy = planner(found=came).plan(self.letter)
        assert isinstance(copy, Copy)
        assert copy.count == 3
        assert refusal(planner(found=came, max_replays=2).plan(self.letter)) is Refusal.MAX_REPLAYS
