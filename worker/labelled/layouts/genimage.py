"""GenImage (Zhu et al., 2023): ``BigGAN/imagenet_ai_0419_biggan/{train,val}/{ai,nature}``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from worker.labelled.aside import Aside
from worker.labelled.folders import SPLITS, place_of_label, subfolders
from worker.labelled.items import LabelledItem
from worker.labelled.layouts.labelled_tree import tree_items

ARCHIVES = {
    "adm": "ADM",
    "biggan": "BigGAN",
    "glide": "glide",
    "midjourney": "Midjourney",
    "sdv4": "stable_diffusion_v_1_4",
    "sdv5": "stable_diffusion_v_1_5",
    "vqdm": "VQDM",
    "wukong": "wukong",
}
"""The ends of its archives' own folders, ``imagenet_ai_0419_biggan``, and the generators' folders
that these unpack into: sets are kept with either, or both."""

LABELS = {"ai", "nature"}

DEPTH = 4
"""Folders from the set's own down to the label's, at most."""


class GenImage:
    """A folder for each generator, with splits in it; the real ones count to its group, too."""

    name = "genimage"
    looks_like = "GENERATOR/[imagenet_.../]{train,val}/{ai,nature}"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``."""
        return _has_labels(path, DEPTH)

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        return tree_items(path, aside, generator_of)


def generator_of(folders: Sequence[str]) -> str | None:
    """The generator's folder; the archive's, by its end, where that is all there is."""
    above = [name for name in folders[: place_of_label(folders)] if name.lower() not in SPLITS]
    named = [name for name in above if not name.startswith("imagenet_")]
    if named:
        return named[-1]
    if not above:
        return None
    end = above[-1].rsplit("_", 1)[-1].lower()
    return ARCHIVES.get(end, above[-1])


def _has_labels(path: Path, depth: int) -> bool:
    names = subfolders(path)
    if set(names) >= LABELS:
        return path.name.lower() in SPLITS
    return depth > 1 and any(_has_labels(path / name, depth - 1) for name in names[:2])
