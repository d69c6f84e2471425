"""Metrics of ranking, against scikit-learn's; and their resamples, against the slow way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from worker.evaluation.metrics import ranking
from worker.evaluation.metrics.ranking import Ranked

scores = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=25)


@given(scores, scores, st.sampled_from([0.0, 0.01, 0.1, 0.3, 1.0]))
def test_as_scikit_learn_has_it(real: list[float], fake: list[float], most: float) -> None:
    score = np.array(real + fake)
    label = np.array([False] * len(real) + [True] * len(fake))
    counts = Ranked.of(score, label).counts()
    assert ranking.auc(*counts) == pytest.approx(metrics.roc_auc_score(label, score))
    assert ranking.average_precision(*counts) == pytest.approx(
        metrics.average_precision_score(label, score)
    )
    wrong, found, _ = metrics.roc_curve(label, score, drop_intermediate=False)
    assert ranking.tpr_at_fpr(*counts, most) == pytest.approx(found[wrong <= most].max())


@given(scores, scores)
def test_order_alone_counts(real: list[float], fake: list[float]) -> None:
    score = np.array(real + fake)
    label = np.array([False] * len(real) + [True] * len(fake))
    bent = Ranked.of(score * score * score, label).counts()
    turned = Ranked.of(1 - score, label).counts()
    straight = ranking.auc(*Ranked.of(score, label).counts())
    assert ranking.auc(*bent) == pytest.approx(straight)
    assert ranking.auc(*turned) == pytest.approx(1 - straight)


def test_a_resample_is_that_of_its_items(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    label = rng.random(60) < 0.4
    score = np.round(rng.random(60) + 0.3 * label.astype(np.float64), 1)
    ranked = Ranked.of(score, label)
    monkeypatch.setattr(ranking, "CELLS", 60 * 7)  # several parts
    fakes = int(label.sum())
    parts = list(ranking.draws(60 - fakes, fakes, 20, rng))
    assert [len(real) for real, _ in parts] == [7, 7, 6]
    for real, fake in parts:
        values = ranking.auc(*ranked.drawn(real, fake))
        for row, value in enumerate(values):
            chosen = np.concatenate([score[~label][real[row]], score[label][fake[row]]])
            truth = [False] * len(real[row]) + [True] * len(fake[row])
            assert value == pytest.approx(metrics.roc_auc_score(truth, chosen))
