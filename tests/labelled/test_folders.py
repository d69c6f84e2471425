"""Labelled sets in folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.labelled.folders import group_of
from worker.labelled.items import LabelledSetInvalid, Truth
from worker.labelled.reader import read_labelled


def make_files(root: Path, *names: str) -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"pixels")


def labels(root: Path) -> dict[str, str]:
    return {item.name: item.label.value for item in read_labelled(root).items}


@pytest.mark.parametrize(
    ("real", "fake"),
    [("real", "fake"), ("0_real", "1_fake"), ("nature", "ai"), ("Real", "FAKE")],
)
def test_the_folders_of_several_sets_are_known(tmp_path: Path, real: str, fake: str) -> None:
    make_files(tmp_path, f"{real}/a.png", f"train/{fake}/b.mp4", f"{fake}/deep/down/c.jpg")
    assert labels(tmp_path) == {
        f"{real}/a.png": "real",
        f"train/{fake}/b.mp4": "fake",
        f"{fake}/deep/down/c.jpg": "fake",
    }


def test_the_nearest_label_counts(tmp_path: Path) -> None:
    make_files(tmp_path, "fake/real/a.png", "real/x/fake/y/b.png")
    assert labels(tmp_path) == {"fake/real/a.png": "real", "real/x/fake/y/b.png": "fake"}


def test_items_come_in_order_with_paths_that_are_there(tmp_path: Path) -> None:
    make_files(tmp_path, "real/b.png", "real/a.png", "fake/z.png")
    found = read_labelled(tmp_path)
    assert found.name == tmp_path.name
    assert [item.name for item in found.items] == ["fake/z.png", "real/a.png", "real/b.png"]
    assert all(item.path.is_file() for item in found.items)
    assert (found.count(Truth.REAL), found.count(Truth.FAKE)) == (2, 1)


def test_hidden_files_are_passed_over_and_unlabelled_ones_counted(tmp_path: Path) -> None:
    make_files(
        tmp_path, "real/a.png", "real/.DS_Store", "fake/.thumbs/b.png", "README.md", "misc/c.png"
    )
    found = read_labelled(tmp_path)
    assert [item.name for item in found.items] == ["real/a.png"]
    assert found.left_out == 2


def test_a_folder_above_the_set_is_no_label(tmp_path: Path) -> None:
    make_files(tmp_path, "ai/photos/a.png")
    with pytest.raises(LabelledSetInvalid, match="no file lies in a folder named real, fake"):
        read_labelled(tmp_path / "ai")


@pytest.mark.parametrize(
    ("folders", "group"),
    [
        ("video/test/MoonValley/fake/MoonValley", "MoonValley"),  # Ivy-Fake
        ("BigGAN/val/ai", "BigGAN"),  # GenImage
        ("progan/car/1_fake", "car"),  # CNNSpot
        ("fake/Sora/part1", "Sora"),
        ("test/fake", None),
        ("fake", None),
        ("Kinetics", "Kinetics"),
        ("", None),
    ],
)
def test_the_generator_is_read_from_the_folders(folders: str, group: str | None) -> None:
    assert group_of([part for part in folders.split("/") if part]) == group


def test_a_sample_keeps_shares_and_order_and_repeats_itself(tmp_path: Path) -> None:
    make_files(tmp_path, *(f"real/{n}.png" for n in range(60)))
    make_files(tmp_path, *(f"fake/{n}.png" for n in range(20)))
    whole = read_labelled(tmp_path)
    some = whole.sample(40, seed=1)
    assert (some.count(Truth.REAL), some.count(Truth.FAKE)) == (30, 10)
    places = [whole.items.index(item) for item in some.items]
    assert places == sorted(set(places))
    assert some == whole.sample(40, seed=1)
    assert some != whole.sample(40, seed=2)
    assert whole.sample(1000, seed=1) is whole
