"""What the real decoder finds of real files, and where it is kept."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.datasets.conftest import Looked
from worker.datasets.facts import FactsFile, FactsInvalid
from worker.datasets.looking import still_so


def test_facts_of_an_image_and_a_clip(looked: Looked) -> None:
    image, clip = looked.of("r02.jpg"), looked.of("clip.mp4")
    data = (looked.root / image.name).read_bytes()
    assert (image.mime, image.width, image.height, image.frames) == ("image/jpeg", 72, 64, 1)
    assert (image.bytes, image.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (image.label.value, image.group, image.split) == ("real", None, "train")
    assert len(image.phashes) == 1
    assert (clip.mime, clip.codec, clip.width, clip.height) == ("video/mp4", "h264", 128, 96)
    assert (clip.frames, clip.duration_s) == (16, 2.0)
    assert len(clip.phashes) == 3


def test_what_is_no_media_has_a_problem_and_stops_nothing(looked: Looked) -> None:
    broken = {one.name.rsplit("/", 1)[-1]: one.problem for one in looked.facts if not one.readable}
    assert set(broken) == {"empty.png", "text.png"}
    assert all(problem and ": " in problem for problem in broken.values())
    assert looked.of("text.png").sha256 is not None
    assert looked.of("text.png").phashes == ()


def test_they_are_kept_and_a_changed_file_is_not_known(looked: Looked, tmp_path: Path) -> None:
    known = FactsFile(looked.file).known()
    assert [known[str(item.path)] for item in looked.labelled.items] == looked.facts
    item = looked.labelled.items[0]
    assert still_so(item, known)
    assert not still_so(item, {})
    was = known[str(item.path)]
    assert not still_so(item, {was.path: was.model_copy(update={"bytes": was.bytes + 1})})


def test_a_line_that_was_cut_is_written_anew(looked: Looked, tmp_path: Path) -> None:
    file = tmp_path / "facts.jsonl"
    shutil.copy(looked.file, file)
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    known = FactsFile(file).known()
    assert len(known) == len(looked.facts) - 1
    last = FactsFile(looked.file).known().keys() - known.keys()
    with FactsFile(file) as kept:
        kept.add(FactsFile(looked.file).known()[last.pop()])
    assert file.read_bytes() == whole


def test_another_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"path": "a.png", "label": "real"}\n')
    with pytest.raises(FactsInvalid, match=r"other\.jsonl, line 1: .*is it a file of --facts"):
        FactsFile(file).known()
    assert FactsFile(tmp_path / "none.jsonl").known() == {}
