"""That the checker sees what it is there for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.checker import judge
from tests.faults.outcome import Outcome, longest_silence, silence
from tests.faults.upload import Upload
from worker.domain.verdict import Label

SOUND, POISON = (
    Upload("sound", b"k", b"{}", Label.AUTHENTIC),
    Upload("poison", b"k", b"not JSON", None),
)
PUBLISHED = {(0, 0): SOUND, (0, 1): POISON}
VERDICT = Outcome("verdicts", 1.0, "id-1", "sound", "authentic", source=None, reason=None)
LETTER = Outcome("dlq", 2.0, None, None, None, source=(0, 1), reason="not_json")


def test_one_outcome_each_is_good() -> None:
    report = judge(PUBLISHED, [VERDICT, LETTER], transactional=True)
    assert (report.events, report.lost, report.duplicated, report.problems) == (2, 0, 0, ())
    assert report.times == (1.0, 2.0)
    assert report.reasons == {"not_json": 1}


@pytest.mark.parametrize("left", [VERDICT, LETTER])
def test_an_event_without_an_outcome_is_lost(left: Outcome) -> None:
    report = judge(PUBLISHED, [left])
    assert report.lost == 1
    assert "lost" in report.problems[0]


def test_the_same_verdict_twice_is_a_duplicate_and_a_fault_where_readers_see_committed_ones() -> (
    None
):
    twice = [VERDICT, replace(VERDICT, at=3.0), LETTER]
    report = judge(PUBLISHED, twice)
    assert (report.duplicated, report.problems) == (1, ())
    assert "duplicates" in judge(PUBLISHED, twice, transactional=True).problems[0]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (replace(VERDICT, verdict_id="id-2"), "several verdict ids"),
        (replace(VERDICT, label="uncertain"), "several labels"),
        (replace(LETTER, source=(0, 0)), "both a verdict and a dead letter"),
        (replace(VERDICT, event_id="poison"), "both a verdict and a dead letter"),
        (replace(VERDICT, event_id="nobody"), "outcomes of no event"),
        (replace(LETTER, source=(1, 7)), "outcomes of no event"),
    ],
)
def test_what_may_not_be_is_named(more: Outcome, named: str) -> None:
    assert named in judge(PUBLISHED, [VERDICT, LETTER, more]).problems[0]


@pytest.mark.parametrize(
    ("outcomes", "named"),
    [
        ([replace(VERDICT, label="ai_generated"), LETTER], "wrong label"),
        ([replace(LETTER, source=(0, 0)), LETTER], "sound, but dead letters"),
        ([VERDICT, replace(VERDICT, event_id="poison")], "poison, but verdicts"),
    ],
)
def test_another_outcome_than_expected_is_named(outcomes: list[Outcome], named: str) -> None:
    assert named in judge(PUBLISHED, outcomes).problems[0]


def test_recovery_is_the_longest_silence() -> None:
    times = [1.0, 2.0, 2.1, 7.0, 7.5]
    assert silence(times, since=1.5) == pytest.approx(4.9)
    assert silence(times, since=1.5, until=3.0) == pytest.approx(0.5)
    assert silence(times, since=8.0) is None
    assert longest_silence(times, [1.5, 7.2]) == pytest.approx(4.9)
