"""Trees of label folders in which a folder of known depth names the generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from worker.labelled.aside import Aside, Doubt
from worker.labelled.folders import files_below, label_of, split_of
from worker.labelled.items import LabelledItem


def tree_items(
    path: Path, aside: Aside, group: Callable[[Sequence[str]], str | None]
) -> Iterator[LabelledItem]:
    """Every file below a label's folder; ``group`` names its generator from the folders above."""
    for file in files_below(path):
        label = label_of(file.folders)
        if label is None:
            aside.put(Doubt.UNKNOWN_FOLDER, file.name)
            continue
        yield LabelledItem(
            path=file.path,
            name=file.name,
            label=label,
            group=group(file.folders),
            split=split_of(file.folders),
        )
