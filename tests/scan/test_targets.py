from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from worker.events.codec import EventCodec
from worker.scan.targets import NothingToScan, as_record, common_root, find_targets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.png", "a.png", "inner/c.png", ".hidden/d.png", "inner/.e.png"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
    return tmp_path


def test_a_folder_gives_its_files_in_order_without_the_hidden_ones(folder: Path) -> None:
    targets = find_targets([str(folder)])
    assert [target.name for target in targets] == ["a.png", "b.png", "inner/c.png"]
    assert targets[0].url == (folder / "a.png").as_uri()


def test_files_and_urls_keep_the_name_they_were_given(folder: Path) -> None:
    named = [str(folder / "a.png"), "https://x/y.jpg", "s3://bucket/key"]
    assert [target.name for target in find_targets(named)] == named


def test_a_hidden_file_that_is_named_is_meant(folder: Path) -> None:
    assert len(find_targets([str(folder / "inner" / ".e.png")])) == 1


@pytest.mark.parametrize("named", [["nowhere"], [], ["nowhere", "https://x/y"]])
def test_what_is_not_there_is_an_error(named: list[str]) -> None:
    with pytest.raises(NothingToScan):
        find_targets(named)


def test_the_root_is_the_deepest_folder_above_all_files(folder: Path) -> None:
    named = [str(folder / "a.png"), str(folder / "inner"), "https://x/y.jpg"]
    assert common_root(find_targets(named)) == folder
    assert common_root(find_targets(["https://x/y.jpg"])) is None


def test_names_with_odd_characters_become_urls_that_lead_back(tmp_path: Path) -> None:
    file = tmp_path / "ü #?%.png"
    file.write_bytes(b"x")
    (target,) = find_targets([str(tmp_path)])
    upload = EventCodec().read_upload(as_record(target, 1))
    assert upload.media.url == file.as_uri()
    assert common_root([target]) == tmp_path
    assert json.loads(as_record(target, 1).value or b"")["content_id"] == "ü #?%.png"


def test_a_name_that_is_no_text_does_not_end_the_scan(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.png")).write_bytes(b"x")
    (target,) = find_targets([str(tmp_path)])
    assert target.name == "\\udcff\x1b[31m.png"
    assert target.url.endswith("/%FF%1B%5B31m.png")
    upload = EventCodec().read_upload(as_record(target, 0))
    assert upload.content_id == target.name


def test_a_signature_in_a_url_is_no_part_of_its_name() -> None:
    (target,) = find_targets(["https://u:pw@x/y.jpg?X-Amz-Signature=secret"])
    assert target.name == "https://x/y.jpg"
    assert "pw" not in target.name + str(as_record(target, 0).key)
    assert target.url.endswith("secret")
