"""What a worker writes is what is read back, and a stranger's headers change nothing of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dead_letters.letters import as_stored, letter_message, make_letter
from tests.support.factories import NOON, make_record
from worker import __version__
from worker.dead_letters.letter import Origin, read_letter
from worker.domain.failure import Reason
from worker.domain.record import Message, Record

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=20)), max_size=5).map(tuple)
MAYBE_BYTES = st.none() | st.binary(max_size=50)
RECORDS = st.builds(
    Record,
    topic=st.just("media.uploads"),
    partition=st.integers(0, 500),
    offset=st.integers(0, 10**15),
    value=MAYBE_BYTES,
    key=MAYBE_BYTES,
    headers=HEADERS,
    timestamp_ms=st.none() | st.integers(0, 2**42),
)


@given(
    record=RECORDS,
    reason=st.sampled_from(Reason),
    detail=NAMES,
    attempts=st.integers(1, 10**6),
    first=st.datetimes(timezones=st.just(NOON.tzinfo)),
    last=st.datetimes(timezones=st.just(NOON.tzinfo)),
    event_id=st.none() | NAMES,
    tenant=st.none() | NAMES,
)
def test_a_letter_is_read_as_it_was_written(
    record: Record,
    reason: Reason,
    detail: str,
    attempts: int,
    first: object,
    last: object,
    event_id: str | None,
    tenant: str | None,
) -> None:
    letter = make_letter(
        record,
        reason=reason,
        detail=detail,
        attempts=attempts,
        first_failure_at=first,
        last_failure_at=last,
        event_id=event_id,
        tenant=tenant,
    )
    assert (letter.record.key, letter.record.value) == (record.key, record.value)
    ours = ("ivy-dlq-", "ivy-retry-")
    assert letter.headers == tuple(h for h in record.headers if not h[0].startswith(ours))
    assert (letter.reason, letter.detail, letter.error_class) == (reason, detail, "Transient")
    assert letter.attempts == attempts
    assert (letter.first_failure_at, letter.last_failure_at) == (first, last)
    assert (letter.event_id, letter.tenant) == (event_id, tenant)
    assert letter.origin == Origin(
        record.topic, record.partition, record.offset, record.timestamp_ms
    )
    assert (letter.payload_dropped, letter.span, letter.replay_count) == (False, 1, 0)
    assert dict(letter.story)["worker-version"] == __version__


def test_what_an_uploader_calls_ivy_dlq_is_not_believed() -> None:
    forged = (
        ("ivy-dlq-tenant", b"victim"),
        ("ivy-dlq-reason", b"internal"),
        ("ivy-dlq-payload-dropped", b"true"),
        ("ivy-dlq-span", b"900"),
        ("traceparent", b"00-1"),
    )
    letter = make_letter(make_record({}, headers=forged), tenant=None)
    assert letter.tenant is None
    assert letter.reason is Reason.FETCH_FAILED
    assert not letter.payload_dropped
    assert letter.span == 1
    assert letter.headers == (("traceparent", b"00-1"),)


def test_a_letter_without_payload_says_so() -> None:
    letter = make_letter(
        make_record({}, key=b"k", partition=2, offset=9),
        reason=Reason.OUTCOME_TOO_LARGE,
        payload_dropped=True,
    )
    assert letter.payload_dropped
    assert letter.record.value is None
    assert str(letter.origin) == "ivy.uploads[2]@9"


def test_a_damaged_batch_is_told_from_an_event() -> None:
    assert make_letter(make_record(b"\0", span=17)).stands_for_damage
    assert make_letter(make_record(b"\0"), reason=Reason.CORRUPT_RECORDS).stands_for_damage
    assert not make_letter(make_record({})).stands_for_damage


def test_a_record_of_somebody_else_is_no_letter() -> None:
    assert read_letter(make_record({}, headers=(("ivy-dlq-detail", b"x"),))) is None


def test_a_reason_of_a_later_version_is_kept_as_text() -> None:
    message = letter_message(make_record({}))
    later = tuple(
        (name, b"solar_flare" if name == "ivy-dlq-reason" else value)
        for name, value in message.headers
    )
    letter = read_letter(as_stored(replace(message, headers=later)))
    assert letter is not None
    assert letter.reason is None
    assert letter.reason_text == "solar_flare"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attempts", b"\xff"),
        ("attempts", "\u0663".encode()),  # a digit, but not one of ours
        ("attempts", b"9" * 5000),
        ("partition", b"-1"),
        ("last-failure", b"yesterday"),
        ("last-failure", b"2026-01-01T00:00:00" + b"0" * 5000),
    ],
)
def test_nonsense_in_a_story_is_as_if_absent(name: str, value: bytes) -> None:
    message = letter_message(make_record({}))
    broken = tuple(
        (header, value if header == f"ivy-dlq-{name}" else told) for header, told in message.headers
    )
    letter = read_letter(as_stored(Message(message.outlet, b"", headers=broken)))
    assert letter is not None
    assert {
        "attempts": letter.attempts,
        "partition": letter.origin,
        "last-failure": letter.last_failure_at,
    }[name] is None
    assert letter.died_at == NOON  # the record's own time at the least
