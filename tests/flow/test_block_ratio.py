"""A jump is seen after a few; a usual day is not one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from worker.flow.block_ratio import BlockRatio
from worker.flow.config import BreakerSettings


def make_ratio(**changes: object) -> BlockRatio:
    return BlockRatio(BreakerSettings.model_validate(changes))


def feed(ratio: BlockRatio, share: float, verdicts: int) -> int | None:
    """Note verdicts with this share of blocks, evenly. The number of the one that opened it."""
    total, opened = 0.0, None
    for number in range(1, verdicts + 1):
        total += share
        blocked = total >= 1
        total -= blocked
        ratio.note(blocked=blocked)
        if ratio.open and opened is None:
            opened = number
    return opened


def test_one_of_three_after_the_start_opens_nothing() -> None:
    for expected in (None, 0.0):
        ratio = make_ratio(expected_share=expected)
        for blocked in (False, False, True):
            ratio.note(blocked=blocked)
        assert not ratio.open


def test_a_jump_opens_it_after_a_few() -> None:
    ratio = make_ratio()
    assert feed(ratio, 0.01, 3_000) is None
    assert ratio.baseline == pytest.approx(0.01, abs=0.001)
    assert feed(ratio, 1.0, 100) == 21  # 5 of the last 500 were blocks already, 25 may be


def test_before_it_is_warm_nothing_is_compared() -> None:
    assert feed(make_ratio(), 1.0, 1_499) is None


def test_with_an_expectation_a_model_that_is_wrong_from_the_start_is_met() -> None:
    assert feed(make_ratio(expected_share=0.01), 1.0, 100) == 26


def test_a_high_baseline_can_jump_as_well() -> None:
    ratio = make_ratio()
    assert feed(ratio, 0.5, 5_000) is None
    assert ratio.limit == 375
    assert feed(ratio, 1.0, 500) is not None


def test_a_small_share_opens_nothing_however_much_it_grew() -> None:
    ratio = make_ratio()
    feed(ratio, 0.0, 3_000)
    assert feed(ratio, 0.04, 3_000) is None


def test_the_fault_does_not_become_the_baseline() -> None:
    ratio = make_ratio()
    feed(ratio, 0.02, 3_000)
    assert feed(ratio, 0.4, 1_000) is not None
    before = ratio.baseline
    feed(ratio, 0.4, 50_000)
    assert (ratio.open, ratio.baseline) == (True, before)
    feed(ratio, 0.02, 1_000)
    assert not ratio.open
    assert ratio.baseline < 0.03
    assert feed(ratio, 0.4, 1_000) is not None


def test_nothing_of_a_fault_is_baseline_afterwards_either() -> None:
    ratio = make_ratio(window=20, memory=100, warm_up=5, expected_share=0.11)
    assert feed(ratio, 1.0, 7) == 7
    notes = 0
    while ratio.open:
        ratio.note(blocked=False)
        notes += 1
    assert notes == 17  # 4 of the 7 have left
    feed(ratio, 0.0, 20)
    assert ratio.baseline == 0.11  # nor have the last 3 come to it
    ratio.note(blocked=False)
    assert ratio.baseline < 0.11


def test_it_closes_only_well_below_what_opened_it() -> None:
    ratio = make_ratio(memory=1_000_000)
    feed(ratio, 0.04, 20_000)
    feed(ratio, 0.2, 1_000)
    assert ratio.open  # above 12 %
    feed(ratio, 0.07, 5_000)
    assert ratio.open  # not below 6 %
    feed(ratio, 0.05, 5_000)
    assert not ratio.open


def test_slow_change_is_followed() -> None:
    ratio = make_ratio()
    feed(ratio, 0.02, 5_000)
    for percent in range(2, 40):
        assert feed(ratio, percent / 100, 4_000) is None


@pytest.mark.parametrize("share", [0.0, 0.005, 0.01, 0.017, 0.05, 0.2, 0.5, 0.9])
def test_chance_alone_does_not_open_it(share: float) -> None:
    """100,000 independent verdicts at each share: what a share that stays as it is may do."""
    ratio, chance = make_ratio(), random.Random(7)
    for _ in range(100_000):
        ratio.note(blocked=chance.random() < share)
        assert not ratio.open


def test_a_factor_that_makes_every_day_a_jump_is_refused() -> None:
    with pytest.raises(ValidationError, match="must be above 1"):
        BreakerSettings(jump_factor=0.9)


RUNS = st.builds(lambda blocked, often: [blocked] * often, st.booleans(), st.integers(1, 30))
"""Verdicts come in runs here: single ones would hardly ever open it, and close it again."""


@settings(max_examples=100, deadline=None)
@given(st.lists(RUNS, max_size=30), st.sampled_from([0.0, 0.1, 0.4]))
def test_it_is_what_a_list_says(runs: list[list[bool]], expected: float) -> None:
    verdicts = [blocked for run in runs for blocked in run]
    ratio = make_ratio(window=20, memory=100, warm_up=5, expected_share=expected)
    baseline, seen, opened, fault_ends = expected, 5, False, -1
    for number, blocked in enumerate(verdicts):
        left = number - 20
        if left > fault_ends:
            seen += 1
            baseline += (verdicts[left] - baseline) / min(seen, 100)
        blocks = sum(verdicts[max(0, left + 1) : number + 1])
        limit = 20 * max(0.05, min(3 * baseline, (1 + baseline) / 2))
        was_open, opened = opened, blocks >= 0.5 * limit if opened else blocks > limit
        if was_open or opened:
            fault_ends = number
        ratio.note(blocked=blocked)
        assert ratio.open is opened
        assert ratio.baseline == pytest.approx(baseline)
