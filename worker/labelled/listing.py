"""A labelled set as a list: JSON Lines or CSV, with a path and a label in each line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from worker.labelled.folders import group_of, name_of
from worker.labelled.items import LabelledItem, LabelledSet, LabelledSetInvalid, Truth

PATHS = ("path", "rel_path", "file_path")
"""Names that a path goes by, the first one found: the last two are Ivy-Fake's."""

GROUPS = ("group", "generator")

LABELS = {"real": Truth.REAL, "fake": Truth.FAKE, "0": Truth.REAL, "1": Truth.FAKE}
"""0 is real and 1 is fake, as in CNNSpot's ``0_real`` and ``1_fake``. Some sets have it the other
way round (FakeClue): theirs must be turned over first."""

MAX_LINE = 1024 * 1024
"""Longest line in characters: Ivy-Fake's carry a reasoning of up to some thousands."""

SHOWN = 40
"""Characters of a faulty value that an error shows."""

Fields = dict[str, Any]


def read_listing(file: Path) -> LabelledSet:
    """Items in the order of the list; paths are relative to its folder. No media is looked at.

    Raises ``LabelledSetInvalid`` that names the line.
    """
    lines = _csv_lines(file) if file.suffix.lower() == ".csv" else _json_lines(file)
    try:
        items = tuple(_item(fields, file, number) for number, fields in lines)
    except (OSError, UnicodeDecodeError) as error:
        raise LabelledSetInvalid(f"the list {file} cannot be read as text") from error
    if not items:
        raise LabelledSetInvalid(f"the list {file} is empty")
    return LabelledSet(name_of(file), items)


def _json_lines(file: Path) -> Iterator[tuple[int, Fields]]:
    with file.open(encoding="utf-8-sig") as text:
        number = 0
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise _at_fault(file, number, f"has over {MAX_LINE} characters")
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise _at_fault(file, number, "is not JSON") from error
            if not isinstance(fields, dict):
                raise _at_fault(file, number, "is not a JSON object")
            yield number, fields


def _csv_lines(file: Path) -> Iterator[tuple[int, Fields]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)  # its own limit for a field is 131,072 characters
        try:
            for fields in reader:
                yield reader.line_num, fields
        except csv.Error as error:
            raise _at_fault(file, reader.reader.line_num, "is not CSV") from error


def _item(fields: Fields, file: Path, number: int) -> LabelledItem:
    name = next((fields[key] for key in PATHS if fields.get(key)), None)
    if not isinstance(name, str):
        raise _at_fault(file, number, f"has no path; it goes by {', '.join(PATHS)}")
    # str() of a number, too: JSON has 0 and 1 without quotes.
    written = str(fields["label"]).strip().lower() if fields.get("label") is not None else ""
    label = LABELS.get(written)
    if label is None:
        said = f"{written[:SHOWN]!r} is no label" if written else "has no label"
        raise _at_fault(file, number, f"{said}; it is one of {', '.join(LABELS)}")
    group = next((str(fields[key]) for key in GROUPS if fields.get(key)), None)
    return LabelledItem(
        path=file.parent / name,
        name=name,
        label=label,
        group=group or group_of(_folders(name)),
    )


def _folders(name: str) -> list[str]:
    return [part for part in PurePosixPath(name).parts[:-1] if part not in {"/", ".."}]


def _at_fault(file: Path, number: int, what: str) -> LabelledSetInvalid:
    return LabelledSetInvalid(f"{file}, line {number}: {what}")
