"""A replay marks its lineage, and so cannot loop."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.dead_letters.letters import as_stored, letter_message, make_letter
from tests.dead_letters.test_letter import HEADERS
from tests.dead_letters.test_plan import planner
from tests.support.factories import NOON, make_record, make_upload
from worker.dead_letters.letter import read_letter, replays_of
from worker.dead_letters.lineage import original_headers, replay_headers
from worker.dead_letters.plan import Copy, Refusal, Refused
from worker.domain.record import Headers, Record
from worker.events.codec import EventCodec


@given(headers=HEADERS, counts=st.lists(st.integers(1, 1000), min_size=1, max_size=4))
def test_the_uploader_s_headers_come_through_any_number_of_replays(
    headers: Headers, counts: list[int]
) -> None:
    own = original_headers(headers)
    for count in counts:
        headers = replay_headers(headers, count=count, of="dlq[0]@1", at=NOON)
    assert headers[:-3] == own
    assert [name for name, _ in headers[-3:]] == [
        "ivy-replay-count",
        "ivy-replay-of",
        "ivy-replay-at",
    ]
    assert replays_of(headers) == counts[-1]


def test_headers_of_ours_are_left_out_however_they_are_written() -> None:
    headers = (
        ("Ivy-DLQ-Reason", b"x"),
        ("ivy-retry-tier", b"1"),
        ("IVY-REPLAY-COUNT", b"0"),
        ("ivy-tenant", b"acme"),
        ("traceparent", b"00-1"),
    )
    assert original_headers(headers) == headers[3:]


def test_a_forged_count_gains_nothing() -> None:
    for forged in (b"-7", b"0", b"two", b"\xff", b"9" * 40, b""):
        headers = (("ivy-replay-count", forged),)
        letter = make_letter(make_record({}, topic="media.uploads", headers=headers))
        assert letter.replay_count == 0
        copy = planner().plan(letter)
        assert isinstance(copy, Copy)
        assert replays_of(copy.headers) == 1
    twice = (("ivy-replay-count", b"3"), ("Ivy-Replay-Count", b"1"))
    assert replays_of(twice) == 3


def test_a_replayed_letter_is_the_same_event() -> None:
    codec = EventCodec()
    headers = (("ce_specversion", b"1.0"), ("ce_id", b"e-9"), ("traceparent", b"00-1"))
    record = make_record(make_upload(event_id="e-9"), topic="media.uploads", headers=headers)
    copy = planner().plan(make_letter(record))
    assert isinstance(copy, Copy)
    again = Record("media.uploads", 0, 5, copy.value, copy.key, copy.headers)
    assert codec.read_upload(again) == codec.read_upload(record)
    assert again.header("traceparent") == b"00-1"


def test_a_chain_of_replays_stops_at_the_limit() -> None:
    """The event dies each time, and each letter is replayed, until one is refused."""
    record = make_record(make_upload(), topic="media.uploads")
    plans = []
    for offset in range(10):
        letter = read_letter(as_stored(letter_message(record), offset=offset))
        assert letter is not None
        plan = planner(max_replays=3).plan(letter)
        plans.append(plan)
        if isinstance(plan, Refused):
            break
        assert dict(plan.headers)["ivy-replay-of"] == f"media.uploads.dlq[3]@{offset}".encode()
        record = Record("media.uploads", 0, 100 + offset, plan.value, plan.key, plan.headers)
    assert [plan.count for plan in plans if isinstance(plan, Copy)] == [1, 2, 3]
    assert isinstance(plans[-1], Refused)
    assert plans[-1].refusal is Refusal.MAX_REPLAYS
