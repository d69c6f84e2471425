"""A list of paths and labels: JSON Lines or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worker.labelled.aside import Aside
from worker.labelled.items import LabelledItem, LabelledSetInvalid
from worker.labelled.listing import read_line
from worker.labelled.records import records_of

LISTS = (".jsonl", ".ndjson", ".csv")


class PlainList:
    """A path and a label in each line; a group, a split and a reasoning where it has them."""

    name = "list"
    looks_like = ".jsonl or .csv with path and label in each line"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``."""
        return path.suffix.lower() in LISTS

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        empty = True
        for number, fields in records_of(path):
            empty = False
            item, annotation = read_line(fields, path, number)
            if annotation.doubt is not None:
                aside.put(annotation.doubt, item.name)
            yield item
        if empty:
            raise LabelledSetInvalid(f"the list {path} is empty")
