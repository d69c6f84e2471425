"""When uploads are due, and what they show."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from worker.stress.popularity import EXPONENT, Popularity
from worker.stress.schedule import Arrivals, Schedule


def test_even_arrivals_are_evenly_spread() -> None:
    times = list(Schedule(10, 2, arrivals=Arrivals.EVEN).times())
    assert times == pytest.approx(np.arange(0.05, 2, 0.1))


def test_a_ramp_rises_in_a_straight_line_and_then_stays() -> None:
    schedule = Schedule(100, 20, ramp_s=10, arrivals=Arrivals.EVEN)
    times = np.array(list(schedule.times()))
    assert len(times) == schedule.count() == schedule.expected == 1500
    per_second = np.histogram(times, bins=np.arange(21))[0]
    # In second n of the ramp there are n + 1/2 tenths of the rate.
    assert per_second[:10] == pytest.approx(np.arange(5, 105, 10), abs=1)
    assert set(per_second[10:]) <= {99, 100, 101}


def test_poisson_arrivals_have_the_rate_and_the_spread_of_chance() -> None:
    times = np.array(list(Schedule(200, 100, seed=3).times()))
    gaps = np.diff(times)
    assert (gaps >= 0).all()
    assert times[-1] < 100
    # Exponential gaps: their mean is their standard deviation; 20,000 of them, within 5 sigma.
    assert gaps.mean() == pytest.approx(1 / 200, rel=0.04)
    assert gaps.std() == pytest.approx(1 / 200, rel=0.06)


@pytest.mark.parametrize("arrivals", Arrivals)
def test_times_go_on_evenly_beyond_what_is_drawn_at_once(arrivals: Arrivals) -> None:
    times = np.array(list(Schedule(30_000, 1, arrivals=arrivals).times()))
    assert len(times) == pytest.approx(30_000, rel=0.05)
    assert np.diff(times).max() < 20 / 30_000


def test_the_same_seed_gives_the_same_times_and_another_one_others() -> None:
    one, again, other = (list(Schedule(50, 5, seed=seed).times()) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def drawn(popularity: Popularity, count: int) -> list[tuple[int, bool]]:
    return list(itertools.islice(popularity.numbers(), count))


def test_new_contents_are_counted_on_and_repeated_ones_were_shown_before() -> None:
    shown: set[int] = set()
    for content, new in drawn(Popularity(0.5), 20_000):
        assert (content in shown) is not new
        assert not new or content == len(shown)
        shown.add(content)
    assert len(shown) == pytest.approx(10_000, rel=0.05)


def test_without_duplicates_all_are_new_and_with_nothing_else_one_is() -> None:
    assert all(new for _, new in drawn(Popularity(0.0), 10_000))
    assert sum(new for _, new in drawn(Popularity(1.0), 10_000)) == 1


def test_repeated_ones_follow_zipfs_law() -> None:
    # All but the first thousand repeat one of a thousand: the ranks do not change meanwhile.
    found = drawn(Popularity(0.0, contents=1000), 401_000)[1000:]
    counts = Counter(content for content, _ in found)
    ranks = np.array([10, 30, 100, 300, 1000])
    # Counts of ranks up to r grow as the integral of r^-0.8 does.
    seen = np.array([sum(counts[rank] for rank in range(top)) for top in ranks])
    power = 1 - EXPONENT
    expected = 400_000 * ((ranks + 1) ** power - 1) / (1001**power - 1)
    assert seen == pytest.approx(expected, rel=0.02)


def test_after_the_last_content_all_are_repeated() -> None:
    found = drawn(Popularity(0.0, contents=3), 10)
    assert [new for _, new in found] == [True] * 3 + [False] * 7
    assert {content for content, _ in found} <= {0, 1, 2}
