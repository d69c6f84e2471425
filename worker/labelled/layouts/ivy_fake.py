"""Ivy-Fake as released: ``clean_data/*.jsonl``, and ``media/`` with its 7z archives unpacked.

A media's path is ``TASK/MODALITY/SPLIT/GENERATOR/LABEL/GENERATOR/FILE``, as the authors' own files
have it. The names of the fields differ between these files, and all of them are understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.labelled.aside import Aside, Doubt
from worker.labelled.folders import SPLITS, group_of, label_of, split_of
from worker.labelled.items import LabelledItem, LabelledSetInvalid
from worker.labelled.listing import (
    ANNOTATION,
    annotation_in,
    folders_of,
    group_in,
    label_in,
    path_in,
    split_in,
)
from worker.labelled.media_finder import MediaFinder
from worker.labelled.records import Fields, first_record, records_of

ANNOTATIONS = "clean_data"
MEDIA = "media"
LISTS = {".jsonl", ".ndjson", ".json"}


@dataclass(frozen=True, slots=True)
class IvyFake:
    """Annotations beside media."""

    media: Path | None = None
    """The folder of the unpacked media, where it is not the one beside the annotations."""

    name = "ivy-fake"
    looks_like = "clean_data/*.jsonl beside media/; or a list whose records have raw_ground_truth"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``."""
        if path.is_dir():
            return bool(_lists(path if path.name == ANNOTATIONS else path / ANNOTATIONS))
        return path.suffix.lower() in LISTS and (
            path.parent.name == ANNOTATIONS or ANNOTATION in first_record(path)
        )

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        lists = _lists(path / ANNOTATIONS) or _lists(path) if path.is_dir() else [path]
        if not lists:
            raise LabelledSetInvalid(
                f"there is no .jsonl in {path / ANNOTATIONS}: that is where Ivy-Fake has its labels"
            )
        finder = self.finder(path)
        for file in lists:
            split = SPLITS.get(file.stem.lower())
            records = ((f"{file.name}, line {number}", one) for number, one in records_of(file))
            yield from read_records(records, finder, aside, split)

    def finder(self, path: Path) -> MediaFinder:
        """Of the set at ``path``: its own media folder, or what holds the annotations."""
        if self.media is not None:
            return MediaFinder(_bases(self.media))
        folder = path if path.is_dir() else path.parent
        root = folder.parent if folder.name == ANNOTATIONS else folder
        return MediaFinder([*_bases(root / MEDIA), root, folder])


def read_records(
    records: Iterable[tuple[str, Fields]], finder: MediaFinder, aside: Aside, split: str | None
) -> Iterator[LabelledItem]:
    """Items of records, each with where it stands. ``split`` is for paths that tell none."""
    for where, fields in records:
        name = path_in(fields)
        if name is None:
            aside.put(Doubt.UNUSABLE_RECORD, where)
            continue
        folders = folders_of(name)
        stated, by_path = label_in(fields), label_of(folders)
        label = stated or by_path
        if label is None:
            aside.put(Doubt.UNUSABLE_RECORD, where)
            continue
        if by_path not in {None, label}:
            aside.put(Doubt.PATH_CONTRADICTS, name)
            continue
        try:
            path = finder.find(name)
        except ValueError:
            aside.put(Doubt.UNUSABLE_RECORD, where)
            continue
        annotation = annotation_in(fields, label)
        if annotation.doubt is not None:
            aside.put(annotation.doubt, name)
        yield LabelledItem(
            path=path,
            name=name,
            label=label,
            group=group_in(fields) or group_of(folders),
            reasoning=annotation.reasoning,
            split=split_in(fields) or split_of(folders) or split,
        )


def _lists(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in LISTS)


def _bases(media: Path) -> list[Path]:
    return [media, media / "image", media / "video"]
