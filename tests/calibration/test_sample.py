"""Which scores may be fitted together, and the file that they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.factories import make_identity
from worker.calibration.sample import CONTRADICTED, LOW_MASS, REPEATED, select
from worker.calibration.scored import ScoredItem, ScoresInvalid, load_scores, save_scores
from worker.domain.answer import Score, ScoreKind
from worker.domain.generation import AnswerForm

THINK, VERDICT = AnswerForm.THINK_FIRST, AnswerForm.VERDICT_FIRST
BOTH = tuple(AnswerForm)


def scored(value: float | None = 0.9, mass: float | None = 1.0, **changes: Any) -> ScoredItem:
    kind = changes.pop("kind", ScoreKind.LABEL_LOGPROBS)
    fields: dict[str, Any] = {
        "set": "mine",
        "path": "fake/1.png",
        "label": "fake",
        "sha256": "00",
        "form": THINK,
        "score": Score(value=value, kind=kind, mass=mass),
        "model": make_identity(),
    }
    return ScoredItem(**{**fields, **changes})


def test_scores_are_sorted_by_model_and_kind() -> None:
    found = select(
        [
            scored(0.1, sha256="1", label="real"),
            scored(0.2, sha256="2", kind=ScoreKind.FORCED_CONCLUSION),
            scored(0.3, sha256="1", label="real", form=VERDICT, kind=ScoreKind.VERDICT_FIRST),
            scored(0.4, sha256="1", label="real", model=make_identity(revision="r2")),
            scored(0.5, sha256="3", model=make_identity(engine="another")),
        ],
        BOTH,
    )
    assert not found.left_out
    values = {(one.model.revision, one.kind.value): list(one.raw) for one in found.samples}
    assert values == {
        ("r1", "label_logprobs"): [0.1, 0.5],
        ("r1", "forced_conclusion"): [0.2],
        ("r1", "verdict_first"): [0.3],
        ("r2", "label_logprobs"): [0.4],
    }
    assert (found.samples[0].reals, found.samples[0].fakes) == (1, 1)


def test_only_the_forms_that_are_asked_for_are_taken() -> None:
    items = [scored(), scored(form=VERDICT, kind=ScoreKind.VERDICT_FIRST)]
    assert [one.kind.value for one in select(items, (VERDICT,)).samples] == ["verdict_first"]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (scored(problem="the answer repeats itself without end"), "the answer repeats itself"),
        (scored(None, kind=ScoreKind.NONE), "no score"),
        (scored(1.0, kind=ScoreKind.HUMAN), "no score"),
        (scored(mass=0.49), LOW_MASS),
    ],
)
def test_what_the_policy_would_not_take_a_score_from_is_left_out(
    item: ScoredItem, why: str
) -> None:
    found = select([item], BOTH)
    assert not found.samples
    ((form, said),) = found.left_out
    assert form is THINK
    assert why in said


def test_equal_bytes_count_once_and_contradictions_not_at_all() -> None:
    found = select(
        [
            scored(0.6, sha256="a"),
            scored(0.7, sha256="a", path="fake/copy.png"),
            scored(0.8, sha256="b"),
            scored(0.8, sha256="b", label="real", path="real/1.png"),
            scored(0.9, mass=0.6, sha256="c"),
        ],
        BOTH,
    )
    assert list(found.samples[0].raw) == [0.6, 0.9]
    assert found.left_out == {(THINK, REPEATED): 1, (THINK, CONTRADICTED): 2}


def test_several_sets_are_named_together() -> None:
    found = select([scored(set="b", sha256="1"), scored(set="a", sha256="2")], BOTH)
    assert found.samples[0].name == "a, b"


def test_scores_come_whole_through_their_file(tmp_path: Path) -> None:
    items = [
        scored(1e-12, path="fäke/\n1.png", group="Sora"),
        scored(None, None, kind=ScoreKind.NONE, problem="the answer was broken off"),
    ]
    file = tmp_path / "scores.jsonl"
    save_scores(items, file)
    assert load_scores(file) == items
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no readable file of scores"),
        ("", "has no scores"),
        ("\n", "line 1: Invalid JSON"),
        ("{}\n", "line 1: set: Field required"),
        (scored().model_dump_json() + "\n[]\n", "line 2: Input should be"),
        ('{"set": "' + "x" * 70_000, "line 1: Invalid JSON"),
        ("\udcff", "no readable file of scores"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, text: str | None, said: str
) -> None:
    file = tmp_path / "scores.jsonl"
    if text is not None:
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ScoresInvalid, match=said):
        load_scores(file)
