"""One line of a list: a path, a label, and what else it may tell."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from worker.labelled.annotation import Annotation, read_annotation
from worker.labelled.folders import SPLITS, group_of
from worker.labelled.items import LabelledItem, Truth
from worker.labelled.records import Fields, at_fault

PATHS = ("path", "rel_path", "file_path")
"""Names that a path goes by, the first one found: the last two are Ivy-Fake's."""

GROUPS = ("group", "generator")

LABELS = {"real": Truth.REAL, "fake": Truth.FAKE, "0": Truth.REAL, "1": Truth.FAKE}
"""0 is real and 1 is fake, as in CNNSpot's ``0_real`` and ``1_fake``. FakeClue has it the other way
round, and a layout of its own (``layouts/fakeclue.py``)."""

ANNOTATION = "raw_ground_truth"
"""Ivy-Fake's name for what its annotator wrote, tags and all."""

SHOWN = 40
"""Characters of a faulty value that an error shows."""


def path_in(fields: Fields) -> str | None:
    """The path as it is written, if it is one."""
    name = next((fields[key] for key in PATHS if fields.get(key)), None)
    return name if isinstance(name, str) else None


def label_in(fields: Fields) -> Truth | None:
    """The label; None where there is none that is known."""
    return LABELS.get(written_label(fields))


def written_label(fields: Fields) -> str:
    """As it stands there, in small letters. JSON has 0 and 1 without quotes, too."""
    return str(fields["label"]).strip().lower() if fields.get("label") is not None else ""


def group_in(fields: Fields) -> str | None:
    """The group, if the record names one."""
    return next((str(fields[key]) for key in GROUPS if fields.get(key)), None)


def split_in(fields: Fields) -> str | None:
    """The split, if the record names one; a name of the set's own stays as it is."""
    split = str(fields.get("split") or "").strip().lower()
    return SPLITS.get(split, split) or None


def annotation_in(fields: Fields, label: Truth) -> Annotation:
    """The reasoning of a record, or why it has none that can be used."""
    if isinstance(fields.get("reasoning"), str) and fields["reasoning"].strip():
        return Annotation(fields["reasoning"].strip())
    if isinstance(fields.get(ANNOTATION), str):
        return read_annotation(fields[ANNOTATION], label)
    return Annotation(None)


def read_line(fields: Fields, file: Path, number: int) -> tuple[LabelledItem, Annotation]:
    """An item whose path is relative to the list's folder. Raises ``LabelledSetInvalid``."""
    name = path_in(fields)
    if name is None:
        at_fault(file, number, f"has no path; it goes by {', '.join(PATHS)}")
    label = label_in(fields)
    if label is None:
        written = written_label(fields)
        said = f"{written[:SHOWN]!r} is no label" if written else "has no label"
        at_fault(file, number, f"{said}; it is one of {', '.join(LABELS)}")
    annotation = annotation_in(fields, label)
    item = LabelledItem(
        path=file.parent / name,
        name=name,
        label=label,
        group=group_in(fields) or group_of(folders_of(name)),
        reasoning=annotation.reasoning,
        split=split_in(fields),
    )
    return item, annotation


def folders_of(name: str) -> list[str]:
    """The folders that a written path names."""
    return [part for part in PurePosixPath(name).parts[:-1] if part not in {"/", ".."}]
