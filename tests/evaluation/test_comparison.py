"""Two runs about the same media."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from tests.evaluation.made import THINK, drawn, manifest, outcome, scored
from tests.support.manual_clock import ManualClock
from worker.domain.generation import AnswerForm
from worker.evaluation.comparison.comparison import Comparison, Side, Wish, compare
from worker.evaluation.comparison.differences import differences
from worker.evaluation.comparison.gate import Gate, GateInvalid
from worker.evaluation.comparison.markdown import render_markdown
from worker.evaluation.comparison.mcnemar import mcnemar
from worker.evaluation.comparison.pairs import Pair, form_of, join
from worker.evaluation.manifest import RunInvalid
from worker.evaluation.outcome import Outcome
from worker.labelled.items import Truth


def pair(*, before: bool, after: bool) -> Pair:
    words = {True: "fake", False: "real"}
    return Pair(outcome(conclusion=words[before]), outcome(conclusion=words[after]))


def better(outcomes: list[Outcome], every: int) -> list[Outcome]:
    """One in so many wrong answers put right, with a score to match."""
    wrong = [one.path for one in outcomes if not one.correct]
    mended = set(wrong[every - 1 :: every])
    return [
        one.model_copy(
            update={
                "conclusion": one.label.value,
                "score": scored(0.97 if one.label is Truth.FAKE else 0.03),
            }
        )
        if one.path in mended
        else one
        for one in outcomes
    ]


def compared(before: list[Outcome], after: list[Outcome], **wish: object) -> Comparison:
    sides = [Side(name=name, form=THINK, run=manifest()) for name in ("live", "new")]
    return compare(
        sides[0], sides[1], join(before, after), Wish.model_validate(wish), ManualClock().now()
    )


def test_mcnemar_is_exact_where_few_differ() -> None:
    pairs = [
        *(pair(before=True, after=False) for _ in range(2)),
        *(pair(before=False, after=True) for _ in range(9)),
        *(pair(before=True, after=True) for _ in range(30)),
        pair(before=False, after=False),
    ]
    found = mcnemar(pairs)
    assert (found.both_right, found.only_before, found.only_after, found.both_wrong) == (
        30,
        2,
        9,
        1,
    )
    assert found.exact
    assert found.p == pytest.approx(binomtest(2, 11).pvalue)


def test_mcnemar_is_chi_squared_where_many_do() -> None:
    # (|10 - 30| - 1)^2 / 40 = 9.025
    pairs = [pair(before=n < 10, after=n >= 10) for n in range(40)]
    found = mcnemar(pairs)
    assert not found.exact
    assert found.p == pytest.approx(0.002664, abs=1e-5)
    assert mcnemar([pair(before=True, after=True)]).p is None


def test_differences_are_those_of_the_runs() -> None:
    before = drawn(300)
    after = better(before, 2)
    found = differences(join(before, after).pairs, resamples=500, seed=0)
    right = [sum(one.correct for one in run) / 300 for run in (before, after)]
    assert found.accuracy.before == pytest.approx(right[0], abs=1e-6)
    assert found.accuracy.difference.value == pytest.approx(right[1] - right[0], abs=1e-6)
    labels = [one.label is Truth.FAKE for one in before]
    aucs = [roc_auc_score(labels, [one.score.value for one in run]) for run in (before, after)]
    assert found.auc.difference.value == pytest.approx(aucs[1] - aucs[0], abs=1e-6)
    for one in (found.accuracy, found.auc, found.macro_f1):
        assert one.difference.low is not None
        assert one.difference.value is not None
        assert one.difference.high is not None
        assert 0 < one.difference.low < one.difference.value < one.difference.high


def test_the_interval_is_paired() -> None:
    # Of 400 media 40 became right: the spread of a difference of pairs, not of two samples.
    before = [outcome(f"{n}", conclusion="real" if n < 200 else "fake") for n in range(400)]
    after = [outcome(f"{n}", conclusion="real" if n < 160 else "fake") for n in range(400)]
    found = differences(join(before, after).pairs, resamples=2000, seed=0).accuracy.difference
    assert found.low is not None
    assert found.high is not None
    paired = np.sqrt((0.1 - 0.01) / 400)
    assert found.high - found.low == pytest.approx(2 * 1.96 * paired, rel=0.1)


def test_a_run_against_itself_differs_in_nothing() -> None:
    outcomes = drawn(100)
    found = compared(outcomes, outcomes, resamples=100)
    assert found.whole.differences.accuracy.difference.value == 0
    assert found.whole.differences.auc.difference.low == 0
    assert found.whole.mcnemar.p is None
    assert not found.changed


def test_turned_round_it_is_the_opposite() -> None:
    before = drawn(200)
    after = better(before, 3)
    one, other = (
        differences(join(*runs).pairs, resamples=100, seed=0)
        for runs in ((before, after), (after, before))
    )
    assert one.auc.difference.value == -(other.auc.difference.value or 0)
    assert one.macro_f1.difference.value == -(other.macro_f1.difference.value or 0)


def test_only_the_same_bytes_with_the_same_label_are_compared() -> None:
    before = [outcome("a"), outcome("b"), outcome("c"), outcome("d"), outcome("x")]
    after = [
        outcome("a"),
        outcome("b", sha256="f" * 64),
        outcome("c", label=Truth.REAL),
        outcome("e"),
        outcome("x", failure="media_undecodable"),
    ]
    found = join(before, after)
    assert [one.before.path for one in found.pairs] == ["a"]
    assert (found.only_before, found.only_after) == (2, 1)
    assert (found.other_bytes, found.other_label) == (1, 1)


def test_the_form_must_be_known() -> None:
    both = [outcome(form=form) for form in AnswerForm]
    assert form_of(both[:1], None, "a") is THINK
    assert form_of(both, AnswerForm.VERDICT_FIRST, "a") is AnswerForm.VERDICT_FIRST
    with pytest.raises(RunInvalid, match=r"two forms: say which \(--form, --form-b\)"):
        form_of(both, None, "a")
    with pytest.raises(RunInvalid, match="no answer in the form verdict_first"):
        form_of(both[:1], AnswerForm.VERDICT_FIRST, "a")


def test_what_changed_and_where() -> None:
    before = drawn(200)
    after = better(before, 2)
    found = compared(after, before, resamples=100, changed=5)
    assert len(found.changed) == 5
    assert not any(one.better for one in found.changed)
    assert found.changed_left_out == found.whole.mcnemar.only_before - 5
    assert sum(part.media for part in found.generators) == 200
    assert sum(part.media for part in found.kinds) == 200
    generator = next(part for part in found.generators if part.name == "A")
    assert generator.reals == 0
    assert generator.differences.macro_f1.before is None
    assert generator.differences.auc.before is not None  # against the reals of its kinds
    text = render_markdown(found)
    assert "# new against live" in text
    assert "right in one alone" in text


def test_a_gate_passes_within_its_margin_and_not_beyond() -> None:
    before = drawn(200)
    after = better(before, 2)
    lost = sum(one.correct for one in after) / 200 - sum(one.correct for one in before) / 200
    for margin, passes in ((lost - 0.001, False), (lost + 0.001, True)):
        gate = Gate(metric="accuracy", margin=margin)
        found = compared(after, before, gates=(gate,), resamples=200)
        assert [one.passed for one in found.gates] == [passes]
        surely = compared(after, before, gates=(gate,), surely=True, resamples=200)
        assert [one.passed for one in surely.gates] == [False]
    fakes = [outcome("a"), outcome("b")]
    (unknown,) = compared(fakes, fakes, gates=(Gate(metric="auc", margin=1),)).gates
    assert not unknown.passed
    assert "cannot be told" in unknown.because


@pytest.mark.parametrize("written", ["accuracy", "accuracy:x", "speed:0.1", "auc:2", "auc:-0.1"])
def test_what_is_no_gate_is_refused(written: str) -> None:
    with pytest.raises(GateInvalid, match=r"none of accuracy|accuracy:0\.01 is one"):
        Gate.read(written)
    assert Gate.read("auc:0.02") == Gate(metric="auc", margin=0.02)
