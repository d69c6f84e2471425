from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.factories import NOON
from worker.domain.media import MediaKind
from worker.drift.baseline import make_baseline
from worker.drift.bins import LEAST, Bins
from worker.drift.monitor import DriftMonitor
from worker.drift.psi import SHIFTED_FROM, STABLE_BELOW, population_stability_index


def beta(a: float, b: float) -> Callable[[random.Random], float]:
    return lambda chance: chance.betavariate(a, b)


def two_heaps(fake_share: float) -> Callable[[random.Random], float]:
    """As a sure model scores: nearly all at the ends."""

    def draw(chance: random.Random) -> float:
        near_one = chance.random() < fake_share
        return chance.betavariate(40, 1) if near_one else chance.betavariate(1, 40)

    return draw


def sample(draw: Callable[[random.Random], float], count: int, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [draw(chance) for _ in range(count)]


def index(expected: list[float], actual: list[float]) -> float:
    bins = Bins.of(expected)
    counts = [0] * len(bins.counts)
    for score in actual:
        counts[bins.find(score)] += 1
    return population_stability_index(bins.counts, counts)


def test_the_index_is_the_sum_that_the_books_have() -> None:
    # Worked by hand, with counts so large that the smoothing is nothing.
    expected, actual = (500_000, 300_000, 200_000), (400_000, 300_000, 300_000)
    by_hand = (0.4 - 0.5) * math.log(0.4 / 0.5) + (0.3 - 0.2) * math.log(0.3 / 0.2)
    assert population_stability_index(expected, actual) == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.parametrize("draw", [beta(2, 5), two_heaps(0.1), two_heaps(0.5)])
def test_the_same_population_is_stable(draw: Callable[[random.Random], float]) -> None:
    found = [index(sample(draw, 5000, seed), sample(draw, 1000, 1000 + seed)) for seed in range(40)]
    assert max(found) < STABLE_BELOW / 2
    # Yurdakul and Naranjo: (1/n + 1/m) times chi-squared of 9 degrees of freedom, whose mean is 9.
    assert sum(found) / len(found) == pytest.approx(9 * (1 / 5000 + 1 / 1000), rel=0.35)


def test_as_few_scores_as_are_taken_make_no_false_shift() -> None:
    draw = two_heaps(0.3)
    found = [
        index(sample(draw, LEAST, seed), sample(draw, LEAST, 900 + seed)) for seed in range(60)
    ]
    assert max(found) < SHIFTED_FROM


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (two_heaps(0.1), two_heaps(0.4)),  # many more uploads are called fake
        (two_heaps(0.1), beta(2, 2)),  # the model is no longer sure
        (beta(2, 5), beta(5, 2)),
        (lambda _: 0.5, two_heaps(0.5)),  # from a constant
        (two_heaps(0.5), lambda _: 0.5),  # to a constant: a broken head
        (lambda _: 0.5, lambda _: 0.5000001),
    ],
)
def test_another_population_is_told(
    before: Callable[[random.Random], float], after: Callable[[random.Random], float]
) -> None:
    assert index(sample(before, 3000, 1), sample(after, 1000, 2)) > SHIFTED_FROM


def test_a_small_shift_lies_between() -> None:
    found = index(sample(two_heaps(0.10), 5000, 1), sample(two_heaps(0.24), 1000, 2))
    assert STABLE_BELOW < found < SHIFTED_FROM


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0])),
        min_size=LEAST,
        max_size=LEAST + 60,
    )
)
def test_every_bin_of_a_baseline_has_its_scores(scores: list[float]) -> None:
    bins = Bins.of(scores)
    assert sum(bins.counts) == len(scores)
    constant = len(set(scores)) == 1
    assert all(bins.counts) or constant
    counts = [0] * len(bins.counts)
    for score in scores:
        counts[bins.find(score)] += 1
    assert tuple(counts) == bins.counts
    assert population_stability_index(bins.counts, counts) == pytest.approx(0, abs=1e-9)


def test_too_few_scores_are_no_baseline() -> None:
    with pytest.raises(ValueError, match="200"):
        Bins.of([0.5] * (LEAST - 1))


def test_a_window_is_measured_once_it_is_full_and_forgets_what_left_it() -> None:
    good, bad = sample(two_heaps(0.1), 3000, 1), sample(two_heaps(0.9), 500, 2)
    found = ((MediaKind.IMAGE, score, "m@1") for score in good)
    monitor = DriftMonitor(500, make_baseline(found, source="here", now=NOON))
    for score in good[:499]:
        monitor.take(MediaKind.IMAGE, score)
    assert monitor.indices() == {}
    monitor.take(MediaKind.IMAGE, good[499])
    assert monitor.indices()[MediaKind.IMAGE] < STABLE_BELOW
    for score in bad:
        monitor.take(MediaKind.IMAGE, score)
    assert monitor.indices()[MediaKind.IMAGE] > SHIFTED_FROM
    for score in good[1000:1500]:
        monitor.take(MediaKind.IMAGE, score)
    assert monitor.indices()[MediaKind.IMAGE] < STABLE_BELOW
    # The baseline has no videos: they are not measured, and not kept.
    for score in bad * 3:
        monitor.take(MediaKind.VIDEO, score)
    assert set(monitor.indices()) == {MediaKind.IMAGE}


def test_without_a_baseline_the_first_window_is_it() -> None:
    monitor = DriftMonitor(300)
    for score in sample(two_heaps(0.2), 599, 1):
        monitor.take(MediaKind.VIDEO, score)
    assert monitor.indices() == {}
    monitor.take(MediaKind.VIDEO, 0.01)
    assert monitor.indices()[MediaKind.VIDEO] < STABLE_BELOW
    for score in sample(two_heaps(0.8), 300, 2):
        monitor.take(MediaKind.VIDEO, score)
    assert monitor.indices()[MediaKind.VIDEO] > SHIFTED_FROM
