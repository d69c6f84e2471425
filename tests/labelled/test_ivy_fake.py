"""Ivy-Fake as released: its records, its annotations, where its media lie."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.stand_ins.ivy_fake import LOOP
from tests.support.stand_ins import StandIn
from worker.labelled.aside import Doubt
from worker.labelled.items import LabelledSet, LabelledSetInvalid
from worker.labelled.reader import read_labelled

PLACE = "interpretability/video/test/MoonValley/fake/MoonValley/MoonValley_167.mp4"


def read(folder: Path, *records: object, media: Path | None = None) -> LabelledSet:
    file = folder / "clean_data" / "test.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return read_labelled(folder, media=media)


def doubts(found: LabelledSet) -> dict[Doubt, int]:
    return {one.doubt: one.count for one in found.aside}


def annotated(reasoning: str, conclusion: str = "fake") -> dict[str, str]:
    text = f"<think>{reasoning}</think><conclusion>{conclusion}</conclusion>"
    return {"rel_path": PLACE, "label": "fake", "raw_ground_truth": text}


def test_the_stand_in_has_one_loop_and_one_contradiction(stand_in: StandIn) -> None:
    found = read_labelled(stand_in("ivy-fake"))
    assert doubts(found) == {Doubt.CONCLUSION_CONTRADICTS: 1, Doubt.LOOPING: 1}
    named = {name for one in found.aside for name in one.names}
    without = {item.name for item in found.items if item.reasoning is None}
    assert named == without
    reasoned = [item for item in found.items if item.reasoning]
    assert len(reasoned) == 22
    assert all(item.reasoning.startswith("1.  **Temporal") for item in reasoned if item.reasoning)


@pytest.mark.parametrize("place", ["clean_data/test.jsonl", "clean_data"])
def test_a_part_of_the_set_finds_its_media_too(stand_in: StandIn, place: str) -> None:
    found = read_labelled(stand_in("ivy-fake") / place)
    assert found.layout == "ivy-fake"
    assert all(item.path.is_file() for item in found.items)


def test_the_path_names_generator_split_and_label(tmp_path: Path) -> None:
    (item,) = read(tmp_path, {"rel_path": PLACE, "raw_ground_truth": ""}).items
    assert (item.group, item.split, item.label.value) == ("MoonValley", "test", "fake")


@pytest.mark.parametrize(
    "place",
    [
        f"media/{PLACE}",
        f"media/{PLACE.removeprefix('interpretability/')}",
        "media/video/MoonValley/fake/MoonValley/MoonValley_167.mp4",
        PLACE,
    ],
)
def test_media_are_found_wherever_their_archive_was_unpacked(tmp_path: Path, place: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_bytes(b"pixels")
    (item,) = read(tmp_path, {"file_path": f"/data/ivy/{PLACE}", "label": "fake"}).items
    assert item.path == file


def test_media_elsewhere_are_named(tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk" / "test" / "MoonValley_167.mp4"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_bytes(b"pixels")
    (item,) = read(tmp_path, {"path": PLACE}, media=tmp_path / "disk" / "test").items
    assert item.path == elsewhere


def test_media_that_are_not_there_keep_a_path_to_be_reported(tmp_path: Path) -> None:
    (item,) = read(tmp_path, {"path": PLACE}).items
    assert item.path == tmp_path / "media" / PLACE


@pytest.mark.parametrize(
    ("record", "doubt"),
    [
        ({"label": "fake"}, Doubt.UNUSABLE_RECORD),
        ({"path": "a.png"}, Doubt.UNUSABLE_RECORD),
        ({"path": "../../etc/passwd", "label": "fake"}, Doubt.UNUSABLE_RECORD),
        ({"path": PLACE, "label": "real"}, Doubt.PATH_CONTRADICTS),
    ],
)
def test_records_that_are_left_out_are_counted(
    tmp_path: Path, record: dict[str, str], doubt: Doubt
) -> None:
    found = read(tmp_path, record, {"path": PLACE, "label": "fake"})
    assert [item.name for item in found.items] == [PLACE]
    assert doubts(found) == {doubt: 1}


@pytest.mark.parametrize(
    ("record", "doubt"),
    [
        (annotated("The hand has six fingers."), None),
        (annotated("It looks " + "very, " * 4 + "odd."), None),
        (annotated("| - | - |\n" * 3), None),
        (annotated("It is real.", "Fake "), None),
        (annotated("It is.", "real"), Doubt.CONCLUSION_CONTRADICTS),
        (annotated("It is.", "not fake"), Doubt.NO_CONCLUSION),
        (annotated(LOOP), Doubt.LOOPING),
        (annotated("Seen. " + "The sky is grey and the sea is, too. " * 10), Doubt.LOOPING),
    ],
)
def test_an_annotation_is_taken_only_at_its_word(
    tmp_path: Path, record: dict[str, str], doubt: Doubt | None
) -> None:
    found = read(tmp_path, record)
    assert len(found.items) == 1
    assert (found.items[0].reasoning is None) == (doubt is not None)
    assert doubts(found) == ({} if doubt is None else {doubt: 1})


def test_the_authors_array_of_records_is_read(tmp_path: Path) -> None:
    file = tmp_path / "error_item.json"
    file.write_text(json.dumps([annotated("Six fingers."), annotated("Seven.")]))
    found = read_labelled(file)
    assert found.layout == "ivy-fake"
    assert [item.reasoning for item in found.items] == ["Six fingers.", "Seven."]


def test_media_are_for_ivy_fake_alone(tmp_path: Path, stand_in: StandIn) -> None:
    with pytest.raises(LabelledSetInvalid, match="is for the layout ivy-fake, and not for folders"):
        read_labelled(stand_in("folders"), media=tmp_path)
