"""What a run says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.made import THINK, drawn, manifest, outcome, scored
from tests.support.manual_clock import ManualClock
from worker.domain.failure import Reason
from worker.evaluation.columns import Column, read_columns, save_column
from worker.evaluation.cost import cost_of
from worker.evaluation.manifest import RunInvalid
from worker.evaluation.outcome import Outcome
from worker.evaluation.report.errors import silent, worst
from worker.evaluation.report.explanation import explain
from worker.evaluation.report.markdown import render_markdown
from worker.evaluation.report.report import Report, Wish, make_report
from worker.evaluation.rouge import rouge_column
from worker.evaluation.rouge_pair import rouge_l
from worker.evaluation.sessions import Session
from worker.labelled.items import Truth


def made(outcomes: list[Outcome], columns: dict[str, Column] | None = None, **wish: Any) -> Report:
    return make_report(
        manifest(len(outcomes)),
        outcomes,
        columns or {},
        (),
        Wish(resamples=100, **wish),
        ManualClock().now(),
    )


def test_it_is_the_same_each_time_and_survives_json() -> None:
    outcomes = drawn(200)
    report = made(outcomes)
    assert report == made(outcomes)
    assert Report.model_validate_json(report.model_dump_json()) == report
    (section,) = report.sections
    assert section.overall.items == 200
    assert [row.generator for row in section.held_out] == ["A", "B", "C"]
    assert not report.notices


def test_media_without_an_answer_are_in_no_figure_and_are_told() -> None:
    outcomes = [*drawn(100), outcome("x", failure=Reason.MEDIA_UNDECODABLE, kind=None, sha256=None)]
    report = made(outcomes)
    assert report.sections[0].overall.items == 100
    assert "1 media_undecodable" in report.notices[0]


def test_what_makes_figures_mean_something_else_is_told() -> None:
    outcomes = drawn(100)
    twin = outcomes[1].model_copy(update={"path": "twin", "label": Truth.REAL})
    report = make_report(
        manifest(300), [*outcomes, twin], {}, (), Wish(resamples=100), ManualClock().now()
    )
    said = " ".join(report.notices)
    assert "101 of 300 outcomes" in said
    assert "1 media have the same bytes" in said
    assert "1 contents are labelled both" in said
    (section,) = report.sections
    assert "6 of 101 answers have no conclusion" in section.notices[0]
    blind = made([one.model_copy(update={"score": scored(None)}) for one in drawn(20)])
    assert "no log probabilities" in blind.sections[0].notices[-1]


def test_other_variants_are_told_beside_the_original_and_not_within() -> None:
    outcomes = drawn(60)
    blurred = [one.model_copy(update={"variant": "blur", "conclusion": "real"}) for one in outcomes]
    question = manifest(60).question.model_copy(update={"variants": ("original", "blur")})
    report = make_report(
        manifest(60, question=question),
        [*outcomes, *blurred],
        {},
        (),
        Wish(resamples=100),
        ManualClock().now(),
    )
    (section,) = report.sections
    assert section.overall.items == 60
    (row,) = section.variations
    assert (row.variant, row.pairs, row.summary.recall_fake.value) == ("blur", 60, 0.0)
    accuracy = row.differences.accuracy
    assert accuracy.before == section.overall.accuracy.value
    assert accuracy.difference.high is not None
    assert accuracy.difference.high < 0
    # The scores are the same: so is their ranking, whatever media are drawn.
    auc = row.differences.auc.difference
    assert (auc.value, auc.low, auc.high) == (0.0, 0.0, 0.0)


# ---------------------------------------------------------------- errors


def test_the_surest_errors_come_first() -> None:
    outcomes = [
        outcome("right"),
        outcome("unsure", conclusion="real", score=scored(0.4)),
        outcome("sure", conclusion="real", score=scored(0.01)),
        outcome("blind", conclusion="real", score=scored(None)),
        outcome("alarm", label=Truth.REAL, conclusion="fake", score=scored(0.7)),
        outcome("mute", conclusion=None, text="I cannot \x1b[31m say\n so."),
    ]
    assert [one.path for one in worst(outcomes, 9)] == ["alarm", "sure", "unsure", "blind"]
    assert [one.path for one in worst(outcomes, 1)] == ["alarm", "sure"]
    (mute,) = silent(outcomes, 9)
    assert mute.reasoning == "I cannot \\x1b[31m say so."
    assert not silent(outcomes, 0)


# ---------------------------------------------------------------- explanations


def test_rouge_l_by_hand() -> None:
    assert rouge_l(("the cat sat", "the cat sat")) == 1.0
    # "the cat" is common: precision 2/4, recall 2/3.
    assert rouge_l(("the cat sat", "the big cat ran")) == pytest.approx(4 / 7, abs=1e-6)
    assert rouge_l(("blurring", "blurred")) == 1.0  # stemmed
    assert rouge_l(("the cat", "")) == 0.0


def test_right_verdicts_have_a_figure_of_their_own() -> None:
    outcomes = [
        outcome("a", gold_reasoning="The skin is waxy."),
        outcome("b", gold_reasoning="The skin is waxy.", conclusion="real"),
        outcome("c"),
        outcome("d", gold_reasoning="Gone.", failure=Reason.MEDIA_EMPTY, text=""),
    ]
    outcomes[0] = outcomes[0].model_copy(update={"text": "<think>The skin is waxy.</think>"})
    told: list[int] = []
    column = rouge_column(outcomes, lambda: told.append(1))
    assert len(told) == 2
    assert column == {outcomes[0].key: 1.0, outcomes[1].key: 0.4}
    (image, overall) = explain(outcomes, {"rouge_l": column}, resamples=100, seed=0)
    assert (image.where, overall.where) == ("image", "overall")
    assert overall.all_answers.value == 0.7  # the wrong one is not set to 0
    assert overall.correct_only.value == 1.0
    assert overall.correct_only.items == 1


def test_many_are_shared_out_and_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = drawn(40)
    alone = rouge_column(outcomes, lambda: None)
    monkeypatch.setattr("worker.evaluation.rouge.ALONE", 10)
    monkeypatch.setattr("worker.evaluation.rouge.usable_cores", lambda: 1)
    assert rouge_column(outcomes, lambda: None) == alone
    assert set(alone.values()) == {0.75}  # "the skin waxy": of 4 words 3, either way


def test_a_column_is_kept_beside_the_outcomes(tmp_path: Path) -> None:
    column = {("a.png", "original", THINK): 0.25, ("b.png", "blur", THINK): 1.0}
    save_column(tmp_path, "sim", column)
    assert read_columns(tmp_path) == {"sim": column}
    (tmp_path / "columns" / "bad.jsonl").write_text('{"path": "a"}\n')
    with pytest.raises(RunInvalid, match=r"bad\.jsonl, line 1, .*remove the file"):
        read_columns(tmp_path)


# ---------------------------------------------------------------- cost


def test_the_cost_of_a_thousand() -> None:
    now = ManualClock().now()
    sessions = [Session(begun_at=now, seconds=seconds, outcomes=50) for seconds in (20.0, 30.0)]
    outcomes = [outcome(f"{number}") for number in range(100)]
    cost = cost_of(outcomes, sessions, gpu_hour_price=3.6, gpus=2)
    assert cost.engine_seconds == 500.0
    assert cost.completion_tokens == 10_000
    assert cost.prompt_tokens == 100_000
    assert cost.price == 1.0  # 500 s of two GPUs, at a thousandth a second each
    untimed = cost_of(outcomes, (), gpu_hour_price=3.6, gpus=1)
    assert untimed.engine_seconds is None
    assert untimed.price is None


# ---------------------------------------------------------------- Markdown


def test_markdown_has_the_figures_and_strangers_words_stay_words() -> None:
    attack = "A](javascript:x)|<img src=x>\n# head"
    outcomes = [
        one.model_copy(update={"group": attack if one.group == "A" else one.group})
        for one in drawn(200)
    ]
    report = made(outcomes, {"rouge_l": {one.key: 0.5 for one in outcomes}})
    text = render_markdown(report)
    accuracy = report.sections[0].overall.accuracy
    assert f"| accuracy, failures as errors | {accuracy.value:.3f} (" in text
    assert "this run: made-up/model | " in text
    assert "| rouge\\_l | overall | 0.500" in text
    assert "A\\](javascript:x)\\|\\<img src=x\\>\\x0a\\# head".replace("\\x0a", "\\\\x0a") in text
    assert "<img" not in text.replace("\\<img", "")
    for line in text.splitlines():
        assert not line.startswith("# head")
