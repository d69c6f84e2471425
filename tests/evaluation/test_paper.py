"""A run's row in the paper's tables."""

from __future__ import annotations

import pytest
from sklearn.metrics import f1_score

from tests.evaluation.made import drawn, outcome
from worker.domain.media import MediaKind
from worker.evaluation.manifest import SetUsed
from worker.evaluation.metrics.answers import Answers
from worker.evaluation.metrics.summary import summarise
from worker.evaluation.outcome import Outcome
from worker.evaluation.paper.published import published
from worker.evaluation.paper.tables import NAMES, PaperTable, paper_tables
from worker.evaluation.report.explanation import explain
from worker.evaluation.report.groups import by_generator, by_kind
from worker.labelled.items import Truth

CHANCE = {"resamples": 100, "seed": 0}


def tables(
    outcomes: list[Outcome], name: str = "some", *wanted: str, layout: str = "list"
) -> dict[str, PaperTable]:
    rouge = {one.key: 0.5 if one.correct else 0.1 for one in outcomes}
    found = paper_tables(
        SetUsed(name=name, layout=layout, fingerprint="0", real=1, fake=1),
        "made-up/model",
        outcomes,
        summarise(Answers.of(outcomes), **CHANCE),
        by_kind(outcomes, **CHANCE),
        by_generator(outcomes, **CHANCE),
        explain(outcomes, {"rouge_l": rouge}, **CHANCE),
        wanted,
    )
    return {table.name: table for table in found}


def ours(table: PaperTable) -> dict[str, float | None]:
    row = table.rows[-1]
    assert row.ours
    heads = [f"{block} {column}".strip() for block in table.blocks for column in table.columns]
    return dict(zip(heads, row.cells, strict=True))


def test_every_published_table_is_whole() -> None:
    assert set(published()) == set(NAMES)
    ivy = published()["ivy-fake"].rows["Ivy-xDetector 3B"]
    assert (ivy[0], ivy[8], ivy[16]) == (0.831, 0.897, 0.864)
    assert published()["genimage"].rows["Ivy-xDetector 3B"][-1] == 96.32


def test_its_own_set_by_kind_of_media_and_what_is_not_measured_is_empty() -> None:
    outcomes = drawn(200)
    found = tables(outcomes)
    assert list(found) == ["ivy-fake"]
    table = found["ivy-fake"]
    cells = ours(table)
    images = [one for one in outcomes if one.kind is MediaKind.IMAGE]
    right = [one.correct for one in images]
    assert cells["image Acc"] == round(sum(right) / len(right), 3)
    truth, said = [one.label.value for one in images], [one.conclusion or "-" for one in images]
    assert cells["image F1"] == round(
        f1_score(truth, said, labels=["real", "fake"], average="weighted"), 3
    )
    assert cells["image ROUGE-L"] == round((sum(right) * 0.5 + right.count(False) * 0.1) / 160, 3)
    assert cells["overall SIM"] is None
    assert table.notes[-1] == "Not measured in this run: SIM, Com, Rel, Det, Exp."


def test_genimage_by_its_generators() -> None:
    made = []
    for name in ("Midjourney", "stable_diffusion_v_1_4", "ADM", "wukong"):
        for number in range(8):
            fake = number % 2 == 0
            made.append(
                outcome(
                    f"{name}{number}",
                    group=name,
                    label=Truth.FAKE if fake else Truth.REAL,
                    conclusion="fake" if fake or number == 1 else "real",
                )
            )
    made.append(outcome("glide", group="glide"))
    found = tables(made)
    assert list(found) == ["genimage"]
    cells = ours(found["genimage"])
    assert cells["Midjourney"] == cells["SD 1.4"] == cells["ADM"] == 87.5
    # Of fakes alone: a recall, and no accuracy. And no mean of a part.
    assert cells["GLIDE"] is None
    assert cells["mean"] is None


def test_genvideo_has_recall_and_an_f1_with_reals() -> None:
    made = [
        outcome(
            f"{name}{number}",
            group=name,
            kind=MediaKind.VIDEO,
            conclusion="fake" if number < 6 else "real",
        )
        for name in ("Sora", "MorphStudio", "Show_1")
        for number in range(8)
    ]
    cells = ours(tables(made)["genvideo"])
    assert cells["Sora R"] == cells["Show-1 R"] == 0.75
    assert cells["Sora F1"] is None
    reals = [
        outcome(
            f"real{number}",
            group="Kinetics",
            kind=MediaKind.VIDEO,
            label=Truth.REAL,
            conclusion="fake" if number < 3 else "real",
        )
        for number in range(10)
    ]
    table = tables([*made, *reals])["genvideo"]
    assert ours(table)["Sora F1"] == pytest.approx(2 * 6 / (2 * 6 + 2 + 3), abs=1e-4)
    published_f1 = table.rows[-2].cells[1::2]
    assert set(published_f1) == {None}


def test_chameleon_by_the_sets_name_or_by_wish() -> None:
    outcomes = drawn(100)
    table = tables(outcomes, "Chameleon")["chameleon"]
    cells = ours(table)
    right = [one.correct for one in outcomes]
    assert cells["overall"] == sum(right)
    fakes = [one.correct for one in outcomes if one.label is Truth.FAKE]
    assert cells["fake"] == 100 * sum(fakes) / len(fakes)
    assert list(tables(outcomes, "some", "chameleon", "genimage")) == ["chameleon", "genimage"]
    assert list(tables(outcomes, layout="genvideo")) == ["genvideo"]
