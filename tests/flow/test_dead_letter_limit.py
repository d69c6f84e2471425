"""The worker stops when dead letters are its own fault, and not because a stranger wants it to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.domain.failure import Reason, Systemic
from worker.flow.config import DeadLetterLimitConfig
from worker.flow.dead_letter_limit import DeadLetterLimit
from worker.flow.uploaders import IN_AN_UPLOADERS_HAND

OURS = frozenset(
    {
        Reason.NOT_JSON,
        Reason.MEDIA_EXPIRED,
        Reason.FETCH_FAILED,
        Reason.FETCH_TIMEOUT,
        Reason.ENGINE_FAILED,
        Reason.ENGINE_DEAD,
        Reason.CORRUPT_RECORDS,
        Reason.DEAD_LETTER_LIMIT,
        Reason.CACHE_UNAVAILABLE,
        Reason.STREAM_FAILED,
        Reason.INTERNAL,
    }
)
"""The platform's or the worker's: written out, so that a new reason is put on one of the sides."""


def make_limit(**changes: object) -> DeadLetterLimit:
    return DeadLetterLimit(DeadLetterLimitConfig.model_validate(changes))


def trips(limit: DeadLetterLimit, outcomes: Sequence[Reason | None]) -> int | None:
    """After how many of the outcomes the limit is passed; None if it never is."""
    for number, outcome in enumerate(outcomes, start=1):
        try:
            limit.note(outcome)
        except Systemic as failure:
            return number if failure.reason is Reason.DEAD_LETTER_LIMIT else None
    return None


def test_every_reason_is_on_one_side() -> None:
    assert OURS.isdisjoint(IN_AN_UPLOADERS_HAND)
    assert set(Reason) == OURS | IN_AN_UPLOADERS_HAND


@pytest.mark.parametrize("reason", sorted(IN_AN_UPLOADERS_HAND))
def test_an_uploader_cannot_stop_it(reason: Reason) -> None:
    limit = make_limit()
    assert trips(limit, [reason] * 10_000) is None
    assert trips(limit, [Reason.MEDIA_UNDECODABLE] * 9 + [None]) is None


@pytest.mark.parametrize("reason", sorted(OURS))
def test_a_fault_of_ours_stops_it(reason: Reason) -> None:
    assert trips(make_limit(), [reason] * 1_000) == 100


def test_too_many_in_a_row() -> None:
    assert trips(make_limit(ratio=1), [Reason.FETCH_FAILED] * 300) == 200
    row = [Reason.FETCH_FAILED] * 199
    assert trips(make_limit(ratio=1), [*row, None, *row, None]) is None


def test_broken_files_in_between_end_no_row() -> None:
    mixed = [Reason.FETCH_FAILED, Reason.MEDIA_UNDECODABLE] * 300
    assert trips(make_limit(ratio=1), mixed) == 399


def test_few_outcomes_say_nothing() -> None:
    assert trips(make_limit(), [Reason.INTERNAL] * 99) is None


def test_half_is_not_more_than_half() -> None:
    outcomes = [None, Reason.FETCH_FAILED] * 1_000
    assert trips(make_limit(), list(outcomes)) is None
    assert trips(make_limit(), [*outcomes, Reason.FETCH_FAILED]) == 2_001


def test_only_the_last_ones_count() -> None:
    limit = make_limit(window=10, least=5, consecutive=0)
    assert trips(limit, [None] * 1_000) is None
    assert trips(limit, [Reason.FETCH_FAILED] * 10) == 6
    assert limit.ratio == 0.6
    for _ in range(10):
        limit.note(None)
    assert limit.ratio == 0


def test_it_stays_so_while_there_are_too_many() -> None:
    limit = make_limit(least=5)
    assert trips(limit, [Reason.INTERNAL] * 5) == 5
    assert trips(limit, [Reason.INTERNAL]) == 1


def test_both_can_be_turned_off() -> None:
    assert trips(make_limit(ratio=1, consecutive=0), [Reason.INTERNAL] * 5_000) is None


def test_which_reasons_count_is_settable_as_people_type_it() -> None:
    limit = make_limit(ignored="internal, fetch_failed")
    assert trips(limit, [Reason.INTERNAL, Reason.FETCH_FAILED] * 500) is None
    assert trips(limit, [Reason.MEDIA_EMPTY] * 500) == 100


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([None, Reason.FETCH_FAILED, Reason.MEDIA_EMPTY]), max_size=60),
    st.integers(1, 12),
    st.integers(1, 12),
    st.sampled_from([0.25, 0.5, 1.0]),
    st.integers(0, 6),
)
def test_it_is_what_a_list_says(
    outcomes: list[Reason | None], window: int, least: int, ratio: float, consecutive: int
) -> None:
    limit = make_limit(window=window, least=least, ratio=ratio, consecutive=consecutive)
    counted: list[bool] = []
    for outcome in outcomes:
        if outcome is not Reason.MEDIA_EMPTY:
            counted.append(outcome is not None)
        last = counted[-window:]
        row = next((n for n, bad in enumerate(reversed(counted)) if not bad), len(counted))
        too_many = len(last) >= least and sum(last) > ratio * len(last)
        expected = outcome is Reason.FETCH_FAILED and (
            too_many or (consecutive > 0 and row >= consecutive)
        )
        assert (trips(limit, [outcome]) == 1) is expected
