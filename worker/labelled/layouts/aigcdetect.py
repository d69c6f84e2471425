"""AIGCDetectBenchmark (Zhong et al., 2023) and CNNSpot: ``progan/[car/]{0_real,1_fake}``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from worker.labelled.aside import Aside
from worker.labelled.folders import SPLITS, place_of_label, subfolders
from worker.labelled.items import LabelledItem
from worker.labelled.layouts.labelled_tree import tree_items

LABELS = {"0_real", "1_fake"}


class AigcDetect:
    """The generator is the top folder; one of classes may lie between it and the label."""

    name = "aigcdetect"
    looks_like = "GENERATOR/[CLASS/]{0_real,1_fake}"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``."""
        names = [name for name in subfolders(path) if name.lower() not in SPLITS]
        return any(_labels_near(path / name) for name in names)

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        return tree_items(path, aside, generator_of)


def generator_of(folders: Sequence[str]) -> str | None:
    """The top folder that is neither a split nor the label's."""
    above = folders[: place_of_label(folders)]
    return next((name for name in above if name.lower() not in SPLITS), None)


def _labels_near(path: Path) -> bool:
    names = subfolders(path)
    if set(names) >= LABELS:
        return True
    return bool(names) and set(subfolders(path / names[0])) >= LABELS
