"""FakeClue (Wen et al., 2025): a JSON array of image, label and conversation. 1 is real there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worker.labelled.annotation import loops
from worker.labelled.aside import Aside, Doubt
from worker.labelled.folders import SPLITS, group_of, label_of
from worker.labelled.items import LabelledItem, LabelledSetInvalid, Truth
from worker.labelled.listing import folders_of
from worker.labelled.media_finder import MediaFinder
from worker.labelled.records import Fields, first_record, records_of

LABELS = {"1": Truth.REAL, "0": Truth.FAKE}
"""The other way round than in CNNSpot and nearly all others."""

PLACES = (".", "data_json")
"""Where its lists lie, below its folder."""


class FakeClue:
    """``train.json`` beside ``train/CATEGORY/{real,fake}``, and the same of test."""

    name = "fakeclue"
    looks_like = "train.json, test.json: arrays of image, label (1 is real) and conversations"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``."""
        files = _files(path) if path.is_dir() else [path]
        return any(
            file.suffix.lower() == ".json"
            and {"image", "label", "conversations"} <= first_record(file).keys()
            for file in files
        )

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        files = _files(path) if path.is_dir() else [path]
        if not files:
            raise LabelledSetInvalid(f"there is no train.json or test.json in {path}")
        root = path if path.is_dir() else path.parent
        for file in files:
            split = SPLITS.get(file.stem.lower())
            above = [root / split, root.parent / split] if split else []
            finder = MediaFinder([*above, root, root.parent])
            for number, fields in records_of(file):
                item = _item(fields, finder, split, aside)
                if item is None:
                    aside.put(Doubt.UNUSABLE_RECORD, f"{file.name}, record {number}")
                elif label_of(folders_of(item.name)) not in {None, item.label}:
                    aside.put(Doubt.PATH_CONTRADICTS, item.name)
                else:
                    yield item


def _item(
    fields: Fields, finder: MediaFinder, split: str | None, aside: Aside
) -> LabelledItem | None:
    name, label = fields.get("image"), LABELS.get(str(fields.get("label")))
    if not isinstance(name, str) or label is None:
        return None
    try:
        path = finder.find(name)
    except ValueError:
        return None
    reasoning = _reasoning(fields)
    if reasoning is not None and loops(reasoning):
        aside.put(Doubt.LOOPING, name)
        reasoning = None
    return LabelledItem(path, name, label, group_of(folders_of(name)), reasoning, split)


def _reasoning(fields: Fields) -> str | None:
    turns = fields.get("conversations")
    if not isinstance(turns, list):
        return None
    answers = (
        turn["value"].strip()
        for turn in turns
        if isinstance(turn, dict)
        and turn.get("from") == "gpt"
        and isinstance(turn.get("value"), str)
    )
    return next(answers, None) or None


def _files(root: Path) -> list[Path]:
    named = (root / place / f"{split}.json" for place in PLACES for split in SPLITS)
    return sorted(file for file in named if file.is_file())
