"""FakeClue, in which 1 is real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.stand_ins import StandIn
from worker.labelled.aside import Doubt
from worker.labelled.reader import read_labelled


def test_its_labels_are_turned_over_and_its_answers_are_reasoning(stand_in: StandIn) -> None:
    for item in read_labelled(stand_in("fakeclue")).items:
        assert f"/{item.label.value}/" in item.name
        assert item.reasoning == f"This is a {item.label.value} image. Its edges say so."


@pytest.mark.parametrize(
    ("record", "doubt"),
    [
        ({"image": "doc/fake/a.jpg", "label": 1}, Doubt.PATH_CONTRADICTS),
        ({"image": "doc/fake/a.jpg", "label": 2}, Doubt.UNUSABLE_RECORD),
        ({"image": "../a.jpg", "label": 0}, Doubt.UNUSABLE_RECORD),
        ({"label": 0}, Doubt.UNUSABLE_RECORD),
    ],
)
def test_what_does_not_fit_is_left_out(
    tmp_path: Path, record: dict[str, object], doubt: Doubt
) -> None:
    good = {"image": "doc/fake/b.jpg", "label": 0, "conversations": [{"from": "gpt", "value": 7}]}
    (tmp_path / "train.json").write_text(json.dumps([good, {"conversations": [], **record}]))
    found = read_labelled(tmp_path)
    assert (found.layout, [item.name for item in found.items]) == ("fakeclue", ["doc/fake/b.jpg"])
    assert found.items[0].reasoning is None
    assert {one.doubt: one.count for one in found.aside} == {doubt: 1}
