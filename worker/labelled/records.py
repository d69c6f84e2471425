"""Records of a list: JSON Lines, CSV, or one JSON array."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from worker.labelled.items import LabelledSetInvalid

MAX_LINE = 1024 * 1024
"""Longest line in characters: Ivy-Fake's carry a reasoning of up to some thousands."""

MAX_ARRAY = 1024**3
"""Largest JSON array in bytes, for it is read whole: FakeClue's 100,000 records take a tenth."""

Fields = dict[str, Any]
Numbered = tuple[int, Fields]
"""A record, and the number of its line; in an array, of the record."""


def records_of(file: Path) -> Iterator[Numbered]:
    """The records of a ``.csv``, a ``.json`` array, or else of JSON Lines.

    Raises ``LabelledSetInvalid`` that names the line.
    """
    suffix = file.suffix.lower()
    try:
        if suffix == ".csv":
            yield from _csv_lines(file)
        elif suffix == ".json":
            yield from _array(file)
        else:
            yield from _json_lines(file)
    except (OSError, UnicodeDecodeError) as error:
        raise LabelledSetInvalid(f"the list {file} cannot be read as text") from error


def first_record(file: Path) -> Fields:
    """The first one; empty where there is none, or the file is no list. Reads no more than that."""
    try:
        if file.suffix.lower() == ".json":
            return _first_of_array(file)
        return next((fields for _, fields in records_of(file)), {})
    except (LabelledSetInvalid, OSError):
        return {}


def _first_of_array(file: Path) -> Fields:
    with file.open(encoding="utf-8-sig", errors="replace") as text:
        begin = text.read(MAX_LINE).lstrip()
    try:
        first, _ = json.JSONDecoder().raw_decode(begin.removeprefix("[").lstrip())
    except (ValueError, RecursionError):
        return {}
    return first if begin.startswith("[") and isinstance(first, dict) else {}


def at_fault(file: Path, number: int, what: str) -> NoReturn:
    """Raises ``LabelledSetInvalid``."""
    raise LabelledSetInvalid(f"{file}, line {number}: {what}")


def _json_lines(file: Path) -> Iterator[Numbered]:
    with file.open(encoding="utf-8-sig") as text:
        number = 0
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                at_fault(file, number, f"has over {MAX_LINE} characters")
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
            except (ValueError, RecursionError):
                at_fault(file, number, "is not JSON")
            if not isinstance(fields, dict):
                at_fault(file, number, "is not a JSON object")
            yield number, fields


def _csv_lines(file: Path) -> Iterator[Numbered]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)  # its own limit for a field is 131,072 characters
        try:
            for fields in reader:
                yield reader.line_num, fields
        except csv.Error:
            at_fault(file, reader.reader.line_num, "is not CSV")


def _array(file: Path) -> Iterator[Numbered]:
    if file.stat().st_size > MAX_ARRAY:
        raise LabelledSetInvalid(f"{file} is over {MAX_ARRAY} bytes; make JSON Lines of it")
    try:
        records = json.loads(file.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise LabelledSetInvalid(f"{file} is not JSON") from error
    if not isinstance(records, list):
        raise LabelledSetInvalid(f"{file} is not a JSON array")
    for number, fields in enumerate(records, 1):
        if not isinstance(fields, dict):
            at_fault(file, number, "is not a JSON object")
        yield number, fields
