"""Quantiles out of buckets, against numpy's out of all values."""

from __future__ import annotations

import numpy as np
import pytest

from worker.stress.histogram import BUCKETS, MOST, RELATIVE_ERROR, Histogram
from worker.stress.sparkline import sparkline


@pytest.mark.parametrize("scale", [1e-4, 0.02, 3.0, 900.0])
def test_quantiles_are_within_the_error_that_is_told(scale: float) -> None:
    rng = np.random.default_rng(7)
    values = rng.lognormal(0, 1.2, 20_000) * scale
    histogram = Histogram()
    for value in values:
        histogram.add(float(value))
    for share in (0.01, 0.5, 0.9, 0.95, 0.99, 0.999):
        exact = float(np.quantile(values, share, method="inverted_cdf"))
        assert histogram.quantile(share) == pytest.approx(exact, rel=RELATIVE_ERROR * 1.01)
    assert histogram.quantile(1.0) == histogram.largest == values.max()
    assert histogram.mean == pytest.approx(values.mean())


def test_one_value_is_all_quantiles() -> None:
    histogram = Histogram()
    histogram.add(1.25)
    assert {histogram.quantile(share) for share in (0.0, 0.5, 0.99, 1.0)} == {1.25}


def test_an_empty_one_knows_nothing() -> None:
    assert (Histogram().quantile(0.5), Histogram().mean) == (None, None)


def test_what_is_beyond_its_bounds_is_counted_and_its_size_stays() -> None:
    histogram = Histogram()
    for value in (0.0, 1e-9, 10 * MOST):
        histogram.add(value)
    assert histogram.count == 3
    assert histogram.largest == 10 * MOST
    assert BUCKETS < 2_600


def test_a_sparkline_is_as_high_as_its_values_and_no_wider_than_asked() -> None:
    assert sparkline([0, 1, 4, 8], highest=8) == " ▂▅█"
    assert len(sparkline(range(1000), highest=999, width=60)) <= 60
    assert sparkline([], highest=0) == ""
