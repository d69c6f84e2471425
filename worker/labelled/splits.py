"""A part of a labelled set."""

from __future__ import annotations

from dataclasses import replace

from worker.labelled.items import LabelledSet, LabelledSetInvalid


def of_split(labelled: LabelledSet, split: str | None) -> LabelledSet:
    """The items of that split; all where None. Raises ``LabelledSetInvalid`` for no such one."""
    if split is None:
        return labelled
    items = tuple(item for item in labelled.items if item.split == split.lower())
    if not items:
        there = sorted({item.split for item in labelled.items if item.split})
        raise LabelledSetInvalid(
            f"nothing of {labelled.name} is of the split {split!r}; its splits are:"
            f" {', '.join(there) or 'none'}"
        )
    return replace(labelled, items=items)
