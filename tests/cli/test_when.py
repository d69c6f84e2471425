"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import NOON
from worker.cli.when import WhenInvalid, parse_when


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(days=7)),
    ],
)
def test_a_time_ago(text: str, ago: timedelta) -> None:
    assert parse_when(text, NOON) == NOON - ago


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_iso_8601_comes_back(moment: datetime) -> None:
    parsed = parse_when(moment.isoformat(), NOON) if moment.year not in {1, 9999} else moment
    assert parsed == moment


def test_without_a_zone_it_is_utc() -> None:
    assert parse_when("2026-01-02", NOON) == datetime(2026, 1, 2, tzinfo=UTC)
    assert parse_when("2026-01-02T12:00", NOON) == NOON


@pytest.mark.parametrize(
    "text", ["", "h", "2 h", "-2h", "2y", "999999w", "1234567s", "noon", "0001-01-01T00:00+05:00"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(WhenInvalid):
        parse_when(text, NOON)
