"""Metrics of parts of a set."""

from __future__ import annotations

import pytest
from sklearn.metrics import roc_auc_score

from tests.evaluation.made import drawn, outcome, scored
from worker.domain.media import MediaKind
from worker.evaluation.report.groups import by_generator, by_kind, by_resolution
from worker.labelled.items import Truth


def test_generators_are_ranked_against_all_reals_of_their_kind() -> None:
    outcomes = drawn(400)
    rows = by_generator(outcomes, resamples=100, seed=0)
    assert sum(row.summary.items for row in rows) == 400
    images = [row for row in rows if row.kind is MediaKind.IMAGE]
    assert [row.name for row in images] == ["A", "B", "C", "camera"]
    first, camera = images[0], images[-1]
    inside = [
        one
        for one in outcomes
        if one.kind is MediaKind.IMAGE and (one.group == "A" or one.label is Truth.REAL)
    ]
    auc = roc_auc_score(
        [one.label is Truth.FAKE for one in inside], [one.score.value for one in inside]
    )
    assert first.auc.value == pytest.approx(auc, abs=1e-6)
    assert first.against == f"all {camera.summary.reals} real images"
    assert camera.auc.value is None
    assert camera.summary.recall_real.value is not None


def test_a_generator_with_reals_of_its_own_is_ranked_against_them() -> None:
    own = [
        outcome("a", group="ADM", score=scored(0.8)),
        outcome("b", group="ADM", label=Truth.REAL, conclusion="real", score=scored(0.2)),
        outcome("c", group="BigGAN", label=Truth.REAL, conclusion="fake", score=scored(0.99)),
    ]
    row = by_generator(own, resamples=100, seed=0)[0]
    assert (row.name, row.auc.value, row.against) == ("ADM", 1.0, "its own 1 real")


def test_every_media_is_in_one_bucket() -> None:
    outcomes = drawn(100)
    found = by_resolution(outcomes, resamples=100, seed=0)
    assert [one.name for one in found] == [
        "under 256",
        "256 to 511",
        "512 to 1023",
        "1024 and more",
    ]
    assert [one.summary.items for one in found] == [25, 25, 25, 25]
    assert sum(one.summary.items for one in by_kind(outcomes, resamples=100, seed=0)) == 100


@pytest.mark.parametrize(
    ("side", "name"), [(255, "under 256"), (256, "256 to 511"), (1024, "1024 and more")], ids=str
)
def test_the_shorter_side_counts(side: int, name: str) -> None:
    (found,) = by_resolution([outcome(width=4000, height=side)], resamples=100, seed=0)
    assert found.name == name
