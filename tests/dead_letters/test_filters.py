"""Which letters are meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dead_letters.letters import make_letter
from tests.support.factories import NOON, make_record
from worker.dead_letters.filters import LetterFilter
from worker.domain.failure import Reason

LETTER = make_letter(make_record({}))
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "wanted",
    [
        LetterFilter(),
        LetterFilter(reasons=frozenset({Reason.FETCH_FAILED, Reason.INTERNAL})),
        LetterFilter(tenant="acme", event_id="e-1", error_class="Transient"),
        LetterFilter(since=NOON, until=NOON + SECOND),
        LetterFilter(partition=3, offset=1207),
    ],
)
def test_a_letter_fits_where_all_holds(wanted: LetterFilter) -> None:
    assert wanted.fits(LETTER)


@pytest.mark.parametrize(
    "wanted",
    [
        LetterFilter(reasons=frozenset({Reason.INTERNAL})),
        LetterFilter(tenant="acm"),
        LetterFilter(event_id="E-1"),
        LetterFilter(error_class="Poison"),
        LetterFilter(since=NOON + SECOND),
        LetterFilter(until=NOON),
        LetterFilter(partition=0),
        LetterFilter(partition=3, offset=0),
        LetterFilter(reasons=frozenset({Reason.FETCH_FAILED}), tenant="else"),
    ],
)
def test_and_not_where_one_thing_does_not(wanted: LetterFilter) -> None:
    assert not wanted.fits(LETTER)


def test_a_letter_that_does_not_tell_is_not_meant() -> None:
    silent = make_letter(make_record({}), tenant=None, event_id=None)
    assert not LetterFilter(tenant="acme").fits(silent)
    assert not LetterFilter(event_id="e-1").fits(silent)
    unknown = replace(LETTER, reason=None)
    assert not LetterFilter(reasons=frozenset(Reason)).fits(unknown)


def test_without_a_last_failure_the_record_s_own_time_counts() -> None:
    untold = replace(LETTER, last_failure_at=None)
    assert LetterFilter(since=NOON, until=NOON + SECOND).fits(untold)
    timeless = replace(untold, record=replace(untold.record, timestamp_ms=None))
    assert not LetterFilter(since=NOON).fits(timeless)
    assert LetterFilter().fits(timeless)
