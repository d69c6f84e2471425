"""Ivy-Fake from the hub: what it takes, and its records in streaming form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.stand_ins import StandIn
from worker.labelled.hub import is_hub, stream
from worker.labelled.items import LabelledSetInvalid
from worker.labelled.reader import read_labelled


@pytest.mark.parametrize(
    ("said", "hub"),
    [
        ("hf://AI-Safeguard/Ivy-Fake", True),
        (Path("hf://AI-Safeguard/Ivy-Fake"), True),
        ("AI-Safeguard/Ivy-Fake", True),
        ("media/Ivy-Fake", False),
        ("/hf://x", False),
    ],
)
def test_what_is_meant_to_be_on_the_hub(said: Path | str, hub: bool) -> None:
    assert is_hub(said) is hub


@pytest.mark.parametrize("said", ["hf://AI-Safeguard/Ivy-Fake", "AI-Safeguard/Ivy-Fake"])
def test_its_media_must_be_here(said: str) -> None:
    with pytest.raises(LabelledSetInvalid, match="`ivy-worker data extract`, and name"):
        read_labelled(said)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(LabelledSetInvalid, match="say hf://ORG/NAME"):
        read_labelled("hf://Ivy-Fake")


def test_streamed_records_are_those_of_the_folder(stand_in: StandIn) -> None:
    root = stand_in("ivy-fake")
    streamed = stream(str(root / "clean_data" / "*.jsonl"), "Ivy-Fake", root / "media")
    read = read_labelled(root)
    assert {(i.name, i.path, i.label, i.reasoning) for i in streamed.items} == {
        (i.name, i.path, i.label, i.reasoning) for i in read.items
    }
    assert streamed.aside == read.aside


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(LabelledSetInvalid, match=r"none\.jsonl cannot be read"):
        stream(str(tmp_path / "none.jsonl"), "x", tmp_path)
