"""Leave one generator out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from tests.evaluation.made import drawn, outcome, scored
from worker.evaluation.held_out import best_threshold, leave_one_out
from worker.evaluation.outcome import Outcome
from worker.labelled.items import Truth


def test_a_generator_that_the_others_do_not_tell_of() -> None:
    # All score low, but C scores lower still: a threshold of the others misses it.
    made = []
    for number in range(300):
        group = ("A", "B", "C", "camera", "camera", "camera")[number % 6]
        value = {"A": 0.4, "B": 0.35, "C": 0.1, "camera": 0.05}[group] + 0.0001 * (number % 50)
        made.append(
            outcome(
                f"{number}",
                group=group,
                label=Truth.REAL if group == "camera" else Truth.FAKE,
                score=scored(value),
                sha256=f"{number:064x}",
            )
        )
    rows, notes = leave_one_out(made)
    assert not notes
    found = {row.generator: row for row in rows}
    assert found["A"].recall.value == 1.0
    assert found["A"].balanced_accuracy_at_half == 0.5
    assert found["A"].balanced_accuracy == 1.0
    assert found["C"].recall.value == 0.0
    assert found["C"].false_alarms.value == 0.0
    for row in rows:
        assert row.reals_are == "half of all"
        # No real media is both fitted to and counted.
        assert row.fitted_on == 300 - row.reals - 50


def test_own_reals_are_held_out_with_their_generator() -> None:
    made: list[Outcome] = []
    for one in drawn(240, groups=("A", "B", "C")):
        made.append(one)
        real = one.model_copy(
            update={"label": Truth.REAL, "path": f"r{one.path}", "score": scored(0.01)}
        )
        if one.label is Truth.FAKE:
            made.append(real)
    made = [one for one in made if one.group != "camera"]
    rows, _ = leave_one_out(made)
    kinds = {one.kind for one in made if one.group == "A"}
    assert kinds
    assert [(row.generator, row.fakes, row.reals, row.reals_are) for row in rows] == [
        (name, 40, 40, "its own") for name in "ABC"
    ]
    assert {row.fitted_on for row in rows} == {160}


def test_too_few_are_said_so() -> None:
    rows, notes = leave_one_out(drawn(30))
    assert not rows
    assert notes == ["A, B, C: fewer than 20 real or fake media are left to fit to"]
    rows, notes = leave_one_out(drawn(30, groups=("A",)))
    assert notes == ["it needs two generators that are named"]


def test_the_threshold_is_the_best_one() -> None:
    rng = np.random.default_rng(3)
    fake = rng.random(200) < 0.3
    score = np.round(rng.random(200) * 0.7 + 0.3 * fake.astype(np.float64), 2)
    best = best_threshold(score, fake)
    reached = balanced_accuracy_score(fake, score >= best)
    for other in np.linspace(0, 1, 201):
        assert balanced_accuracy_score(fake, score >= other) <= reached + 1e-9
    assert best not in score  # in the middle between two
    assert best_threshold(np.array([0.5, 0.5]), np.array([True, False])) == pytest.approx(0.25)
