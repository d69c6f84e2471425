"""Agreement, against scikit-learn and against published figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from worker.shadow.matrix import Matrix, wilson

WORDS = ("allow", "review", "block")


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=1, max_size=60))
def test_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    found = Matrix.of(pairs, WORDS)
    live, shadow = zip(*pairs, strict=True)
    if len({*live, *shadow}) == 1:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(cohen_kappa_score(live, shadow), abs=1e-6)
    assert found.agreement == pytest.approx(sum(a == b for a, b in pairs) / len(pairs), abs=1e-6)


def test_counts_are_by_live_then_shadow() -> None:
    found = Matrix.of([("allow", "block"), ("allow", "block"), ("review", "review")], WORDS)
    assert found.counts["allow"] == {"allow": 0, "review": 0, "block": 2}
    assert found.counts["review"]["review"] == 1
    assert found.compared == 3


def test_the_interval_is_wilsons() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
    # 17 (1998), table I, method 3.
    for same, total, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(same, total) == pytest.approx((low, high), abs=1e-4)


def test_nothing_has_no_agreement() -> None:
    found = Matrix.of([], WORDS)
    assert (found.compared, found.agreement, found.kappa) == (0, None, None)
    assert (found.agreement_from, found.agreement_to) == (None, None)
