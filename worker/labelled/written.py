"""Writing a labelled set as a list that ``read_labelled`` reads back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from worker.calibration.atomic import write_whole
from worker.labelled.items import LabelledItem


def write_listing(
    items: Iterable[LabelledItem], to: Path, extra: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """JSON Lines of path, label and what else is known; whole or not at all. Raises ``OSError``.

    Paths below the list's folder are written relative to it, others whole. ``extra`` has further
    fields by an item's name.
    """
    folder = to.resolve().parent
    further = extra or {}
    lines = (json.dumps({**_fields(item, folder), **further.get(item.name, {})}) for item in items)
    write_whole(to, "".join(f"{line}\n" for line in lines).encode())


def _fields(item: LabelledItem, folder: Path) -> dict[str, Any]:
    path = item.path.absolute()
    known = {
        "path": str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path),
        "label": item.label.value,
        "group": item.group,
        "split": item.split,
        "reasoning": item.reasoning,
    }
    return {name: value for name, value in known.items() if value is not None}
