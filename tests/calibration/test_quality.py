"""Metrics, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.calibration.synthetic import drawn
from worker.calibration.bins import equal_mass_bins
from worker.calibration.quality import calibration_error, quality_of


def test_the_metrics_of_four_scores() -> None:
    quality = quality_of(
        np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, True, False, True]), [np.arange(4)]
    )
    assert quality.log_loss == pytest.approx(-(2 * math.log(0.9) + 2 * math.log(0.4)) / 4, abs=1e-6)
    assert quality.brier == pytest.approx((2 * 0.01 + 2 * 0.36) / 4)
    assert quality.auc == 0.75  # of the four pairs, 0.4 stands below 0.6
    assert quality.ece == pytest.approx((0.1 + 0.6 + 0.6 + 0.1) / 4)  # each a bin of its own


def test_the_auc_compares_within_folds_only() -> None:
    # Each fold is in order by itself; together, the second one's real stands above a fake.
    scores, fake = np.array([0.1, 0.3, 0.5, 0.9]), np.array([False, True, False, True])
    assert quality_of(scores, fake, [np.array([0, 1]), np.array([2, 3])]).auc == 1.0
    assert quality_of(scores, fake, [np.arange(4)]).auc == 0.75


def test_certain_and_wrong_is_bad_and_finite() -> None:
    quality = quality_of(np.array([0.0, 1.0]), np.array([True, False]), [np.arange(2)])
    assert quality.log_loss == pytest.approx(13.8155, abs=1e-3)


def test_bins_have_equally_many() -> None:
    scores = np.linspace(0, 1, 150)
    bins = equal_mass_bins(scores, scores > 0.5, 15)
    assert [each.count for each in bins] == [10] * 15
    assert [each.fakes for each in bins] == [0] * 7 + [5] + [10] * 7
    assert bins[0].mean_score == pytest.approx(scores[:10].mean())


def test_equal_scores_share_a_bin_whatever_their_order() -> None:
    scores = np.array([0.5] * 80 + [0.7] * 20)
    fake = np.arange(100) % 2 == 0
    forth, back = equal_mass_bins(scores, fake, 15), equal_mass_bins(scores, fake[::-1], 15)
    assert [(each.count, each.fakes) for each in forth] == [(80, 40), (20, 10)]
    assert forth == back
    assert calibration_error(scores, fake) == pytest.approx(0.2 * 0.2)


@pytest.mark.parametrize("count", [1, 2, 15, 100])
def test_every_score_is_in_one_bin(count: int) -> None:
    sample = drawn(37)
    bins = equal_mass_bins(sample.raw, sample.fake, count)
    assert sum(each.count for each in bins) == 37
    assert sum(each.fakes for each in bins) == sample.fakes
    assert len(bins) <= count


def test_scores_that_keep_their_word_have_next_to_no_error() -> None:
    good = drawn(20_000, a=1.0)
    assert calibration_error(good.raw, good.fake) < 0.01
    bold = drawn(20_000, a=1 / 3)
    assert calibration_error(bold.raw, bold.fake) > 0.1
