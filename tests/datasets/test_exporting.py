"""A set into shards and back."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.stand_ins import StandIn
from worker.datasets.exporting import ExportImpossible, Format, export
from worker.labelled.aside import Doubt
from worker.labelled.items import LabelledSet, LabelledSetInvalid
from worker.labelled.reader import read_labelled


def nothing() -> None:
    """Told of progress."""


def known(labelled: LabelledSet) -> list[tuple[object, ...]]:
    return [
        (i.name, i.label, i.group, i.split, i.reasoning, i.path.suffix, i.path.read_bytes())
        for i in labelled.items
    ]


@pytest.mark.parametrize("form", list(Format))
def test_what_is_written_is_read_back(stand_in: StandIn, tmp_path: Path, form: Format) -> None:
    before = read_labelled(stand_in("ivy-fake"))
    shards = export(before.items, tmp_path / "out", form, shard_bytes=30_000, done=nothing)
    assert shards == len(list((tmp_path / "out").iterdir())) > 2
    for _ in range(2):  # once unpacked, and once from what was unpacked
        after = read_labelled(tmp_path / "out")
        assert after.layout == form.value
        assert known(after) == known(before)


@pytest.mark.parametrize("form", list(Format))
def test_the_same_set_gives_the_same_bytes(stand_in: StandIn, tmp_path: Path, form: Format) -> None:
    items = read_labelled(stand_in("chameleon")).items
    for name in ("one", "two"):
        export(items, tmp_path / name, form, done=nothing)
    (one,), (two,) = (list((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("form", list(Format))
def test_what_fails_leaves_nothing(stand_in: StandIn, tmp_path: Path, form: Format) -> None:
    items = read_labelled(stand_in("chameleon")).items
    gone = replace(items[-1], path=tmp_path / "gone.jpg")
    with pytest.raises(ExportImpossible, match=r"gone\.jpg cannot be read"):
        export([*items, gone], tmp_path / "out", form, done=nothing)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").mkdir()
    with pytest.raises(ExportImpossible, match="is there already: name a new folder"):
        export(items, tmp_path / "there", form, done=nothing)


def test_a_strangers_tar_writes_nowhere_else(tmp_path: Path) -> None:
    shard = tmp_path / "set" / "a.tar"
    shard.parent.mkdir()
    with tarfile.open(shard, "w") as tar:
        for name, data in (
            ("../../out.png", b"pixels"),
            ("../../out.json", b'{"label": "fake", "name": "../../x.png"}'),
            ("b.png", b"more"),
            ("b.json", b"nope"),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    found = read_labelled(tmp_path / "set")
    (item,) = found.items
    assert item.path.is_relative_to(tmp_path / "set" / ".media")
    assert item.path.read_bytes() == b"pixels"
    assert {one.doubt: one.count for one in found.aside} == {Doubt.UNUSABLE_RECORD: 1}
    assert {path.name for path in tmp_path.iterdir()} == {"set"}


def test_hugging_faces_columns_are_understood(tmp_path: Path) -> None:
    rows = [
        {"image": {"bytes": b"one", "path": "a.jpg"}, "label": 1},
        {"image": {"bytes": b"two", "path": None}, "label": 0},
        {"image": {"bytes": b"three", "path": None}, "label": 7},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "train.parquet")
    found = read_labelled(tmp_path)
    assert [(i.name, i.label.value, i.path.suffix) for i in found.items] == [
        ("a.jpg", "fake", ".jpg"),
        ("train.parquet, row 1", "real", ""),
    ]


@pytest.mark.parametrize("name", ["a.tar", "a.parquet"])
def test_damage_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(LabelledSetInvalid, match=rf"{name} cannot be read"):
        read_labelled(tmp_path)
