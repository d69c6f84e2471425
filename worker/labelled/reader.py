"""Labelled sets, however they are kept."""

from __future__ import annotations

from pathlib import Path

from worker.labelled.folders import read_folders
from worker.labelled.items import LabelledSet, LabelledSetInvalid
from worker.labelled.listing import read_listing

LISTS = (".jsonl", ".ndjson", ".csv")


def read_labelled(path: Path) -> LabelledSet:
    """A folder with ``real/`` and ``fake/`` in it, or a list. Raises ``LabelledSetInvalid``."""
    if path.is_dir():
        return read_folders(path)
    if not path.is_file():
        raise LabelledSetInvalid(f"there is no folder or file {path}")
    if path.suffix.lower() not in LISTS:
        raise LabelledSetInvalid(
            f"{path} is neither a folder nor a list ({', '.join(LISTS)}) of labelled media"
        )
    return read_listing(path)
