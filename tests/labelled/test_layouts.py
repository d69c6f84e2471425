"""Published sets in their own layouts."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from scripts.stand_ins.layouts import MAKERS
from tests.support.stand_ins import StandIn
from worker.labelled.items import LabelledItem, LabelledSetInvalid, Truth
from worker.labelled.layouts.registry import LAYOUTS, NAMES, layout_at
from worker.labelled.reader import read_labelled

SETS = {
    "ivy-fake": (8, 16, {"FLUX.1", "BigGAN", "ImageNet", "MoonValley", "Sora", "Kinetics-400"}),
    "loki": (4, 4, {"animals", "satellite", "keling", "OpenAI_Sora"}),
    "fakeclue": (4, 4, {"doc", "satellite"}),
    "genimage": (12, 12, {"ADM", "BigGAN", "Midjourney"}),
    "genvideo": (2, 6, {"MSR-VTT", "Sora", "MoonValley", "Show_1"}),
    "genvideo-flat": (4, 6, {"Kinetics-400", "MSRVTT", "Sora", "MoonValley", "Show_1"}),
    "chameleon": (2, 2, {None}),
    "aigcdetect": (8, 8, {"progan", "biggan", "stylegan"}),
    "folders": (4, 4, {None}),
}
"""Real ones, fakes, and generators or sources of each stand-in."""


LABEL = re.compile(r"(?:^|[/_-])(real|fake|nature|ai)(?=[/.])")

LABELS = {"real": "real", "fake": "fake", "nature": "real", "ai": "fake"}


def label_in(item: LabelledItem) -> str:
    """What a person reads in the path: every stand-in has the label in it."""
    return LABELS[LABEL.findall(item.name.lower())[-1]]


def test_each_layout_has_a_stand_in() -> None:
    assert set(SETS) == set(MAKERS)
    made = {name.removesuffix("-flat") for name in MAKERS}
    assert set(NAMES) - made == {"list", "webdataset", "parquet"}


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_known_by_its_folders_and_read(stand_in: StandIn, name: str) -> None:
    real, fake, groups = SETS[name]
    found = read_labelled(stand_in(name))
    assert found.layout == name.removesuffix("-flat")
    assert (found.count(Truth.REAL), found.count(Truth.FAKE)) == (real, fake)
    assert {item.group for item in found.items} == groups
    assert all(item.path.is_file() for item in found.items)
    assert len({item.name for item in found.items}) == len(found.items)


@pytest.mark.parametrize("name", [name for name in SETS if name != "genvideo-flat"])
def test_labels_are_those_that_the_paths_tell(stand_in: StandIn, name: str) -> None:
    for item in read_labelled(stand_in(name)).items:
        assert item.label.value == label_in(item), item.name


@pytest.mark.parametrize(
    ("name", "splits"),
    [
        ("ivy-fake", {"train": 12, "test": 12}),
        ("genimage", {"train": 12, "val": 12}),
        ("fakeclue", {"train": 4, "test": 4}),
        ("chameleon", {"test": 4}),
        ("loki", {"test": 8}),
        ("aigcdetect", {None: 16}),
    ],
)
def test_splits(stand_in: StandIn, name: str, splits: dict[str | None, int]) -> None:
    assert Counter(item.split for item in read_labelled(stand_in(name)).items) == splits


def test_a_layout_can_be_named_where_the_guess_is_wrong(stand_in: StandIn) -> None:
    # progan/car/0_real: a plain tree takes the nearest folder for the group.
    found = read_labelled(stand_in("aigcdetect"), layout="folders")
    assert {item.group for item in found.items} == {"car", "cat", "biggan"}
    with pytest.raises(LabelledSetInvalid, match="'imagenet' is no layout; there are ivy-fake"):
        read_labelled(stand_in("folders"), layout="imagenet")


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout.name != "list"])
def test_an_empty_folder_is_no_set(tmp_path: Path, layout: object) -> None:
    with pytest.raises(LabelledSetInvalid, match=str(tmp_path)):
        read_labelled(tmp_path, layout=layout.name)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name in SETS if name != "folders"])
def test_no_other_layout_claims_it_first(stand_in: StandIn, name: str) -> None:
    claims = [layout.name for layout in LAYOUTS if layout.found_at(stand_in(name))]
    assert claims[0] == name.removesuffix("-flat")
    assert claims[-1] == "folders"


@pytest.mark.parametrize(
    ("folder", "group"),
    [
        ("BigGAN/imagenet_ai_0419_biggan/train", "BigGAN"),
        ("imagenet_ai_0419_sdv4/val", "stable_diffusion_v_1_4"),
        ("imagenet_ai_9999_newer/val", "imagenet_ai_9999_newer"),
        ("Midjourney/val", "Midjourney"),
    ],
)
def test_genimage_names_its_generators_by_folder_or_archive(
    tmp_path: Path, stand_in: StandIn, folder: str, group: str
) -> None:
    one = stand_in("genimage") / "ADM" / "imagenet_ai_0508_adm" / "val"
    shutil.copytree(one, tmp_path / folder)
    found = read_labelled(tmp_path)
    assert (found.layout, {item.group for item in found.items}) == ("genimage", {group})


def test_genvideo_leaves_out_what_is_no_source_it_knows(stand_in: StandIn) -> None:
    found = read_labelled(stand_in("genvideo-flat"))
    assert found.left_out == 2
    assert not any(item.name.startswith("notes") for item in found.items)
    (aside,) = found.aside
    assert aside.names == ("notes/00000.mp4", "notes/00001.mp4")


def test_a_plain_tree_of_other_generators_is_not_genvideo(tmp_path: Path) -> None:
    for name in ("real/a.mp4", "fake/Tomorrow/b.mp4", "fake/Sora/c.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"pixels")
    chosen = layout_at(tmp_path)
    assert chosen is not None
    assert chosen.name == "folders"


def test_the_unnamed_real_videos_of_genvideo_are_msr_vtts(stand_in: StandIn) -> None:
    root = stand_in("genvideo")
    for path, layout in ((root, None), (root.parent, "genvideo")):
        real = [i for i in read_labelled(path, layout=layout).items if "/Real/" in str(i.path)]
        assert {item.group for item in real} == {"MSR-VTT"}


def test_an_archive_beside_its_folders_hides_no_layout(stand_in: StandIn, tmp_path: Path) -> None:
    shutil.copytree(stand_in("aigcdetect"), tmp_path / "set")
    (tmp_path / "set" / "progan.tar").write_bytes(b"")
    assert read_labelled(tmp_path / "set").layout == "aigcdetect"
