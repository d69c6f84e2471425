"""The faults of the evaluation scripts that the Ivy-Fake authors released: ours has none of them.

What those scripts do is written out here, so that each test shows the difference.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
from sklearn.metrics import f1_score

from tests.evaluation.made import begun, labelled, outcome, rooms
from tests.support.manual_clock import ManualClock
from tests.support.media import image_file, video_file
from tests.twins.detector import FakeDetector
from worker.domain.generation import FinishReason, Generation
from worker.domain.media import MediaFacts, MediaKind
from worker.evaluation.journal import read_outcomes
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.summary import summarise
from worker.evaluation.outcome import Outcome
from worker.evaluation.report.groups import by_generator, by_kind
from worker.labelled.items import LabelledItem, LabelledSet, Truth
from worker.models.spec import load_spec
from worker.parsing.answer import read_answer
from worker.parsing.reply import parse
from worker.parsing.score import score
from worker.scoring import asking
from worker.scoring.asking import Asked

FACTS = MediaFacts(kind=MediaKind.IMAGE, mime="image/png", width=64, height=64, bytes=1)


def answered(text: str, label: Truth, **generated: object) -> Outcome:
    """As a run keeps it."""
    generation = Generation(text=text, finish_reason=FinishReason.STOP, **generated)  # type: ignore[arg-type]
    identity = FakeDetector(load_spec("tiny")).identity
    asked = Asked(generation, read_answer(generation, identity, FACTS, ManualClock().now()))
    item = LabelledItem(Path("a.png"), "a.png", label)
    return Outcome.of(item, asked, set_name="s", variant="original", sha256="0", seconds=0.0)


# ---------------------------------------------------------------- the gold label takes part


def lenient(text: str, label: str) -> bool:
    """Their first script: right if the text has "is", and then the gold label."""
    return f"is {label}" in text or text.startswith(label)


def test_saying_both_is_right_for_neither_label() -> None:
    text = "<think>It is real in parts.</think>The sky is real, the face is fake."
    assert lenient(text, "real")
    assert lenient(text, "fake")
    for label in Truth:
        found = answered(text, label)
        assert found.conclusion is None
        assert not found.correct


def test_nothing_that_reads_an_answer_can_know_the_label() -> None:
    imported = {
        node.module
        for node in ast.walk(ast.parse(inspect.getsource(asking)))
        if isinstance(node, ast.ImportFrom)
    }
    assert not [name for name in imported if name and "labelled" in name]
    for reader in (parse, score, read_answer, asking.ask, asking.prepare):
        for name, parameter in inspect.signature(reader).parameters.items():
            assert not re.search("label(?!_?logprobs)|truth|gold|item", name, re.IGNORECASE)
            assert "Truth" not in str(parameter.annotation)
            assert "Labelled" not in str(parameter.annotation)


async def test_other_labels_give_the_same_answers(tmp_path: Path) -> None:
    items = []
    for number, tint in enumerate((0.9, 0.5, -0.5, -0.9)):
        file = tmp_path / f"{number}.png"
        file.write_bytes(image_file(tint, seed=number))
        items.append(LabelledItem(file, file.name, Truth.REAL if tint > 0 else Truth.FAKE))
    turned = [
        LabelledItem(one.path, one.name, Truth.FAKE if one.label is Truth.REAL else Truth.REAL)
        for one in items
    ]
    straight = await run_of(tmp_path / "a", labelled(*items))
    shuffled = await run_of(tmp_path / "b", labelled(*turned))
    kept = {"label", "seconds"}
    assert [one.model_dump(exclude=kept) for one in straight] == [
        one.model_dump(exclude=kept) for one in shuffled
    ]
    assert all(one.correct for one in straight)
    assert not any(one.correct for one in shuffled)


async def run_of(folder: Path, media: LabelledSet) -> list[Outcome]:
    run, plan = begun(folder, media)
    await run.go(plan, rooms(FakeDetector(load_spec("tiny"))), at_once=1, done=lambda _: None)
    return list(read_outcomes(folder))


# ---------------------------------------------------------------- how an answer is read


@pytest.mark.parametrize("word", ["Fake", "FAKE", " fake ", "fake\n"])
def test_case_and_space_do_not_matter(word: str) -> None:
    text = f"<think>Waxy.</think><Conclusion>{word}</CONCLUSION>"
    assert word != "fake"  # their second script compares the words as they are
    assert answered(text, Truth.FAKE).correct


@pytest.mark.parametrize(
    "text",
    ["fake", "The image is fake.", "<think>fake</think>", "<conclusion>not fake</conclusion>", ""],
)
def test_no_tag_is_no_conclusion_and_not_the_whole_text(text: str) -> None:
    for label in Truth:
        found = answered(text, label)
        assert found.conclusion is None
        assert not found.correct
        assert found.problem is not None


def test_the_last_conclusion_counts_and_not_all_in_between() -> None:
    text = (
        "<think>I must end with <conclusion>real</conclusion> or so.</think>"
        "<conclusion>fake</conclusion>"
    )
    first_to_last = re.search("<conclusion>(.*)</conclusion>", text, re.DOTALL)
    assert first_to_last is not None
    assert first_to_last[1] != "fake"
    assert answered(text, Truth.FAKE).correct


def test_a_word_that_we_asked_for_after_a_loop_is_not_the_models() -> None:
    text = '<think>"M30", "M30", "M30"</think><conclusion>fake</conclusion>'
    generation = Generation(text=text, finish_reason=FinishReason.REPETITION, forced=True)
    identity = FakeDetector(load_spec("tiny")).identity
    asked = Asked(generation, read_answer(generation, identity, FACTS, ManualClock().now()))
    item = LabelledItem(Path("a.png"), "a.png", Truth.FAKE)
    found = Outcome.of(item, asked, set_name="s", variant="original", sha256="0", seconds=0.0)
    assert found.conclusion is None
    assert found.forced


# ---------------------------------------------------------------- what is made of the answers


def uneven() -> list[Outcome]:
    """Nine reals of which eight are found, and three fakes of which one is."""
    reals = [
        outcome(f"r{n}", label=Truth.REAL, conclusion="real" if n else "fake") for n in range(9)
    ]
    fakes = [outcome(f"f{n}", conclusion="real" if n else "fake") for n in range(3)]
    return [*reals, *fakes]


def test_macro_and_weighted_f1_are_told_apart() -> None:
    outcomes = uneven()
    found = summarise(Answers.of(outcomes), resamples=100, seed=0)
    truth, said = [one.label.value for one in outcomes], [one.conclusion for one in outcomes]
    macro, weighted = (f1_score(truth, said, average=how) for how in ("macro", "weighted"))
    assert weighted - macro > 0.1
    assert found.macro_f1.value == pytest.approx(macro, abs=1e-6)
    assert found.weighted_f1.value == pytest.approx(weighted, abs=1e-6)


def test_a_format_failure_is_no_lack_of_skill() -> None:
    # A model that ranks without an error, and never writes the tags: 0.013 in the paper's table.
    outcomes = [
        outcome(
            f"{n}",
            label=Truth.FAKE if n % 2 else Truth.REAL,
            conclusion=None,
            score={"value": 0.9 if n % 2 else 0.1, "kind": "label_logprobs"},
        )
        for n in range(40)
    ]
    found = summarise(Answers.of(outcomes), resamples=100, seed=0)
    assert found.accuracy.value == 0.0
    assert found.parse_failure_rate.value == 1.0
    assert found.accuracy_on_parsed.value is None
    assert found.auc.value == 1.0


async def test_a_file_of_an_unknown_extension_counts_once(tmp_path: Path) -> None:
    files = {"a.png": image_file(0.9), "b.avif_": image_file(0.9, "AVIF"), "c.bin": video_file(0.9)}
    items = []
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        items.append(LabelledItem(tmp_path / name, name, Truth.REAL))
    outcomes = await run_of(tmp_path / "run", labelled(*items))
    groups = {one.name: one.summary.items for one in by_kind(outcomes, resamples=100, seed=0)}
    assert groups == {"image": 2, "video": 1}


def test_an_f1_of_fakes_alone_is_not_told() -> None:
    fakes = [
        outcome(f"f{n}", conclusion="fake" if n < 11 else "real", group="Sora") for n in range(14)
    ]
    (row,) = by_generator(fakes, resamples=100, seed=0)
    recall = 11 / 14
    assert f1_score([1] * 14, [one.conclusion == "fake" for one in fakes]) == pytest.approx(
        2 * recall / (1 + recall)  # the paper's .8800 for its recall of .7857
    )
    assert row.summary.recall_fake.value == pytest.approx(recall, abs=1e-6)
    assert row.summary.macro_f1.value is None
    assert row.summary.weighted_f1.value is None
