"""A labelled set in folders: a file's label is the name of a folder above it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from worker.labelled.items import LabelledItem, LabelledSet, LabelledSetInvalid, Truth

LABELS = {
    "real": Truth.REAL,
    "fake": Truth.FAKE,
    "0_real": Truth.REAL,
    "1_fake": Truth.FAKE,
    "nature": Truth.REAL,
    "ai": Truth.FAKE,
}
"""Names of folders, in small letters: our own, those of CNNSpot and UnivFD, those of GenImage."""

SPLITS = {"train", "val", "valid", "validation", "dev", "test"}
"""Folders that tell nothing of where a media comes from."""


def read_folders(root: Path) -> LabelledSet:
    """Every file below a label's folder, at any depth, in order; hidden ones are left out.

    The nearest such folder counts. Raises ``LabelledSetInvalid`` where there is none.
    """
    items: list[LabelledItem] = []
    left_out = 0
    for file in _files(root):
        below = file.relative_to(root)
        folders = below.parts[:-1]
        place = _place_of_label(folders)
        if place is None:
            left_out += 1
            continue
        label = LABELS[folders[place].lower()]
        items.append(LabelledItem(file, str(below), label, group_of(folders)))
    if not items:
        raise LabelledSetInvalid(
            f"no file lies in a folder named {', '.join(LABELS)} below {root}: that is how folders"
            " tell a label"
        )
    return LabelledSet(name_of(root), tuple(items), left_out)


def name_of(path: Path) -> str:
    """A set's name: that of its folder or file."""
    return path.resolve().name


def group_of(folders: Sequence[str]) -> str | None:
    """Where a media comes from, by the folders above it: ``fake/Sora/1.mp4``, ``BigGAN/ai/1.png``.

    That is the folder below the label's, or else the nearest one above it that is no split.
    """
    place = _place_of_label(folders)
    if place is None:
        above: Sequence[str] = folders
    elif place + 1 < len(folders):
        return folders[place + 1]
    else:
        above = folders[:place]
    return next((name for name in reversed(above) if name.lower() not in SPLITS), None)


def _place_of_label(folders: Sequence[str]) -> int | None:
    places = (n for n in reversed(range(len(folders))) if folders[n].lower() in LABELS)
    return next(places, None)


def _files(root: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(where) / name
            if not name.startswith(".") and file.is_file():
                yield file
