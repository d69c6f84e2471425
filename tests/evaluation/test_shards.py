"""Shards of a run, and the whole that they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation.made import begun, labelled, rooms
from tests.support.media import image_file
from tests.twins.detector import FakeDetector
from worker.evaluation.journal import read_outcomes
from worker.evaluation.manifest import NAME, RunInvalid, load_manifest
from worker.evaluation.merge import merge
from worker.evaluation.sessions import load_sessions
from worker.evaluation.shard import Shard, ShardInvalid
from worker.labelled.items import LabelledItem, LabelledSet, Truth
from worker.models.spec import load_spec

COUNT = 7


@pytest.fixture
def media(tmp_path: Path) -> LabelledSet:
    items = []
    for number in range(COUNT):
        file = tmp_path / f"{number}.png"
        file.write_bytes(image_file(0.9 if number % 2 else -0.9, seed=number))
        items.append(LabelledItem(file, file.name, Truth.REAL))
    return labelled(*items)


async def asked(folder: Path, media: LabelledSet, shard: Shard) -> Path:
    run, plan = begun(folder, media, shard=shard)
    await run.go(plan, rooms(FakeDetector(load_spec("tiny"))), at_once=2, done=lambda _: None)
    return folder


def test_every_item_is_in_one_shard(media: LabelledSet) -> None:
    parts = [Shard(number=number, count=3).part(media).items for number in (1, 2, 3)]
    assert sorted(item.name for part in parts for item in part) == [i.name for i in media.items]
    assert [len(part) for part in parts] == [3, 2, 2]


@pytest.mark.parametrize("written", ["0/3", "4/3", "2", "a/b", "-1/2", "2/", "1/0"])
def test_what_is_no_shard_is_refused(written: str) -> None:
    with pytest.raises(ShardInvalid, match="second of eight is written 2/8"):
        Shard.read(written)
    assert str(Shard.read("2/8")) == "2/8"


async def test_shards_make_the_whole(tmp_path: Path, media: LabelledSet) -> None:
    folders = [
        await asked(tmp_path / f"run.{number}", media, Shard(number=number, count=3))
        for number in (3, 1, 2)
    ]
    whole = tmp_path / "whole"
    with pytest.raises(RunInvalid, match="missing: 1"):
        merge([folders[0], folders[2]], whole)
    with pytest.raises(RunInvalid, match="stands there twice"):
        merge([*folders, folders[0]], whole)
    assert merge(folders, whole) == COUNT
    assert {one.path for one in read_outcomes(whole)} == {item.name for item in media.items}
    assert load_manifest(whole).question.shard == Shard()
    assert len(load_sessions(whole)) == 3
    wrong = [one for one in read_outcomes(whole) if not one.correct]
    assert len(list((whole / "thumbnails").iterdir())) == len(wrong) == 4
    _, left = begun(whole, media)
    assert not left.tasks
    with pytest.raises(RunInvalid, match="is there already"):
        merge(folders, whole)


async def test_shards_of_two_models_do_not_mix(tmp_path: Path, media: LabelledSet) -> None:
    folders = [
        await asked(tmp_path / f"run.{number}", media, Shard(number=number, count=2))
        for number in (1, 2)
    ]
    file = folders[1] / NAME
    file.write_text(file.read_text().replace('"revision": "fake"', '"revision": "newer"'))
    with pytest.raises(RunInvalid, match=r"run\.2 is no shard of the run of .*: other model"):
        merge(folders, tmp_path / "whole")
    assert not (tmp_path / "whole").exists()
