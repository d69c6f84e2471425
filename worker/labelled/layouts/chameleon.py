"""Chameleon (Yan et al., AIDE, 2024): ``test/{0_real,1_fake}``, of generators it does not name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worker.labelled.aside import Aside
from worker.labelled.folders import subfolders
from worker.labelled.items import LabelledItem
from worker.labelled.layouts.labelled_tree import tree_items

LABELS = {"0_real", "1_fake"}


class Chameleon:
    """Labels right below the splits: there is no generator to name."""

    name = "chameleon"
    looks_like = "test/{0_real,1_fake}"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``."""
        return "test" in subfolders(path) and set(subfolders(path / "test")) == LABELS

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        return tree_items(path, aside, lambda _: None)
