"""What the folders above a media tell: its label, where it comes from, its part of the set."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.labelled.items import Truth

LABELS = {
    "real": Truth.REAL,
    "fake": Truth.FAKE,
    "0_real": Truth.REAL,
    "1_fake": Truth.FAKE,
    "nature": Truth.REAL,
    "ai": Truth.FAKE,
}
"""Names of folders, in small letters: our own, those of CNNSpot and UnivFD, those of GenImage."""

SPLITS = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
}
"""Folders that tell nothing of where a media comes from, and what each is here."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of a set in folders."""

    path: Path
    name: str
    """Its path below the set's folder."""
    folders: tuple[str, ...]
    """The folders above it, below the set's own."""


def files_below(root: Path) -> Iterator[FoundFile]:
    """Every file at any depth, in order; hidden ones are passed over. Holds one folder at a time.

    A folder that cannot be listed is passed over, too.
    """
    for where, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        above = Path(where).relative_to(root).parts
        for name in sorted(files):
            path = Path(where) / name
            if not name.startswith(".") and path.is_file():
                yield FoundFile(path, str(Path(*above, name)), above)


def subfolders(path: Path) -> list[str]:
    """The names of the folders right below, hidden ones left out; none where it is no folder."""
    try:
        with os.scandir(path) as entries:
            names = [entry.name for entry in entries if entry.is_dir()]
    except OSError:
        return []
    return sorted(name for name in names if not name.startswith("."))


def name_of(path: Path) -> str:
    """A set's name: that of its folder or file."""
    return path.resolve().name


def label_of(folders: Sequence[str]) -> Truth | None:
    """The label that the nearest such folder tells; None where there is none."""
    place = place_of_label(folders)
    return None if place is None else LABELS[folders[place].lower()]


def split_of(folders: Sequence[str]) -> str | None:
    """The nearest folder that is a split: train, val or test."""
    return next(
        (SPLITS[name.lower()] for name in reversed(folders) if name.lower() in SPLITS), None
    )


def group_of(folders: Sequence[str]) -> str | None:
    """Where a media comes from, by the folders above it: ``fake/Sora/1.mp4``, ``BigGAN/ai/1.png``.

    That is the folder below the label's, or else the nearest one above it that is no split.
    """
    place = place_of_label(folders)
    if place is None:
        above: Sequence[str] = folders
    elif place + 1 < len(folders):
        return folders[place + 1]
    else:
        above = folders[:place]
    return next((name for name in reversed(above) if name.lower() not in SPLITS), None)


def place_of_label(folders: Sequence[str]) -> int | None:
    """Which of the folders is the label's: the nearest; None where there is none."""
    places = (n for n in reversed(range(len(folders))) if folders[n].lower() in LABELS)
    return next(places, None)
