"""One side of a comparison: what it keeps, what it counts."""

from __future__ import annotations

import random
from datetime import timedelta

from tests.shadow.pairs import line, verdict
from tests.support.factories import NOON, make_identity
from worker.domain.verdict import VerdictEvent, verdict_id
from worker.shadow.pair import join
from worker.shadow.side import HASHES, Side


def full(name: str, verdicts: list[VerdictEvent], limit: int) -> Side:
    side = Side(name, limit=limit)
    side.take_all(map(line, verdicts))
    return side


def test_the_last_verdict_counts_and_repetitions_are_told_apart() -> None:
    first = verdict(1, 0.1)
    other = make_identity(id="live/model", revision="r2")
    second = verdict(1, 0.9, model=other, verdict_id=verdict_id("e1", "ab" * 32, "r2"))
    side = full("live", [first, first, second, second, verdict(2, 0.5)], 10)
    assert side.events["e1"].score == 0.9
    assert (side.verdicts, side.duplicates, side.replaced) == (5, 2, 1)
    assert dict(side.models) == {"live/model@r1": 3, "live/model@r2": 2}


def test_what_is_no_verdict_is_counted() -> None:
    side = Side("live", limit=10)
    side.take_all([b"{", None, b'{"target": "a", "failure": {}}', line(verdict(1, 0.5))])
    assert (side.unreadable, side.failed, side.verdicts) == (2, 1, 1)


def test_since_looks_at_the_upload_and_not_at_the_verdict() -> None:
    begin = NOON + timedelta(seconds=5)
    side = Side("live", limit=10, since=begin)
    late = NOON + timedelta(hours=9)
    side.take_all(line(verdict(number, 0.5, verdict_at=late)) for number in range(10))
    assert side.before == 5
    assert sorted(side.events) == ["e5", "e6", "e7", "e8", "e9"]


def test_memory_is_bounded_and_both_sides_keep_the_same_events() -> None:
    numbers = list(range(3000))
    rng = random.Random(3)
    live = full("live", [verdict(n, 0.5) for n in numbers], 200)
    missing = set(rng.sample(numbers, 300))
    rng.shuffle(numbers)
    shadow = full(
        "shadow", [verdict(n, 0.5, shadow=True) for n in numbers if n not in missing], 150
    )
    assert (len(live.events), len(shadow.events)) == (200, 150)
    joined = join(live, shadow)
    # All that the shadow has was kept by the live side, too; what is missing is missing for good.
    assert not joined.only_shadow
    assert len(joined.pairs) == 150
    assert {int(one.event_id[1:]) for one in joined.only_live} <= missing
    assert 0.03 < joined.share < 0.08  # 150 of 2,700


def test_a_sample_is_the_same_in_whatever_order() -> None:
    verdicts = [verdict(n, 0.5) for n in range(500)]
    forward, backward = full("a", verdicts, 50), full("b", verdicts[::-1], 50)
    assert set(forward.events) == set(backward.events)
    assert forward.bar == backward.bar < HASHES


def test_a_kept_event_takes_its_later_verdict_though_the_side_is_full() -> None:
    side = full("live", [verdict(n, 0.1) for n in range(100)], 10)
    kept = next(iter(side.events.values()))
    side.take_all([line(verdict(int(kept.event_id[1:]), 0.9))])
    assert side.events[kept.event_id].score == 0.9
    assert len(side.events) == 10
