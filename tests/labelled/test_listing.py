"""Labelled sets as lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worker.labelled.items import LabelledSetInvalid
from worker.labelled.reader import read_labelled
from worker.labelled.records import MAX_LINE


def write(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    return file


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"path": "a.png", "label": "real"}, "real"),
        ({"rel_path": "a.png", "label": "fake", "infer_result": "<think>..."}, "fake"),
        ({"file_path": "a.png", "label": " Fake "}, "fake"),
        ({"path": "a.png", "label": 0}, "real"),
        ({"path": "a.png", "label": 1}, "fake"),
        ({"path": "a.png", "label": "1"}, "fake"),
        ({"path": "", "rel_path": "a.png", "label": "real"}, "real"),
    ],
)
def test_a_line_of_json(tmp_path: Path, fields: dict[str, object], label: str) -> None:
    (item,) = read_labelled(write(tmp_path / "set.jsonl", json.dumps(fields) + "\n\n")).items
    assert (item.path, item.name, item.label.value) == (tmp_path / "a.png", "a.png", label)


def test_a_csv(tmp_path: Path) -> None:
    text = '\ufeffpath,label,generator\r\n"a, b.png",1,Sora\r\n/abs/c.png,real,\r\n'
    found = read_labelled(write(tmp_path / "set.CSV", text))
    assert found.name == "set.CSV"
    assert [(item.path, item.label.value, item.group) for item in found.items] == [
        (tmp_path / "a, b.png", "fake", "Sora"),
        (Path("/abs/c.png"), "real", "abs"),
    ]


def test_the_generator_is_a_field_or_in_the_path(tmp_path: Path) -> None:
    lines = [
        {"rel_path": "video/test/MoonValley/fake/MoonValley/1.mp4", "label": "fake"},
        {"path": "x/1.mp4", "label": "fake", "group": "Sora"},
        {"path": "../pika/2.mp4", "label": "fake"},
        {"path": "../3.mp4", "label": "fake"},
    ]
    text = "\n".join(map(json.dumps, lines))
    items = read_labelled(write(tmp_path / "set.jsonl", text)).items
    assert [item.group for item in items] == ["MoonValley", "Sora", "pika", None]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", "", "is empty"),
        ("a.jsonl", "\n\n", "is empty"),
        ("a.jsonl", '{"path": "x", "label": "real"}\nnope', "a.jsonl, line 2: is not JSON"),
        ("a.jsonl", "[" * 100_000, "line 1: is not JSON"),
        ("a.jsonl", "[1]", "line 1: is not a JSON object"),
        ("a.jsonl", '{"label": "real"}', "line 1: has no path; it goes by path, rel_path"),
        ("a.jsonl", '{"path": 7, "label": "real"}', "line 1: has no path"),
        ("a.jsonl", '{"path": "x"}', "line 1: has no label; it is one of real, fake, 0, 1"),
        ("a.jsonl", '{"path": "x", "label": null}', "line 1: has no label"),
        ("a.jsonl", '{"path": "x", "label": 2}', "line 1: '2' is no label"),
        ("a.jsonl", '{"path": "x", "label": true}', "line 1: 'true' is no label"),
        ("a.jsonl", '{"path": "x", "label": "' + "y" * 999 + '"}', "'y{40}' is no label"),
        ("a.jsonl", " " * (MAX_LINE + 1), "line 1: has over 1048576 characters"),
        ("a.jsonl", "\udcff", "cannot be read as text"),
        ("a.csv", "a.png,real\nb.png,fake\n", "line 2: has no path"),
        ("a.csv", "path,label\na.png,real\nb.png\n", "line 3: has no label"),
        ("a.csv", "path,label\n" + "x" * 200_000 + ",real\n", "line 2: is not CSV"),
        ("a.csv", "path,label\n", "is empty"),
        ("a.txt", "a.png real", "neither a folder nor a list"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(LabelledSetInvalid, match=said):
        read_labelled(write(tmp_path / name, text))


def test_a_set_that_is_nowhere(tmp_path: Path) -> None:
    with pytest.raises(LabelledSetInvalid, match=r"there is no folder or file .*nowhere"):
        read_labelled(tmp_path / "nowhere")
