"""GenVideo (Chen et al., DeMamba, 2024): ``GenVideo-Val/{Real,Fake/GENERATOR}``, or its parts flat.

Its training parts are named by the paths in its own code (``fake/pika``, ``real/youku``); as
archives they unpack beside each other, with no folder that is a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from worker.labelled.aside import Aside, Doubt
from worker.labelled.folders import files_below, group_of, label_of, split_of, subfolders
from worker.labelled.items import LabelledItem, Truth

REAL = {"kinetics", "kinetics400", "k400", "youku", "youkumplug", "youku1m", "msrvtt"}
"""Where its real videos come from, in small letters and without signs."""

FAKE = {
    *("zeroscope", "i2vgenxl", "i2vgen", "svd", "videocrafter", "videocrafte", "pika"),
    *("dynamicrafter", "sd", "seine", "latte", "opensora"),
    *("modelscope", "morphstudio", "moonvalley", "hotshot", "show1", "gen2", "crafter", "lavie"),
    *("sora", "wildscrape"),
}
"""Its generators: the first two lines are for training, the others for testing."""

UNNAMED_REAL = "MSR-VTT"
"""The real ones of GenVideo-Val, which lie right in ``Real``."""

PREFIX = re.compile(r"^(real|fake)[_-]", re.IGNORECASE)


class GenVideo:
    """Sources of real videos beside generators'; a folder that is neither tells no label."""

    name = "genvideo"
    looks_like = "{Real,Fake/GENERATOR}, or folders such as Kinetics-400, Youku, Sora, Pika"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``."""
        names = subfolders(path)
        labels = {name.lower(): name for name in names}
        if set(labels) >= {"real", "fake"}:
            below = subfolders(path / labels["fake"])
            return bool(below) and all(plain(name) in FAKE for name in below)
        known = {plain(name) for name in names}
        return bool(known & REAL) and bool(known & FAKE)

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        for file in files_below(path):
            label = truth_of(file.folders)
            if label is None:
                aside.put(Doubt.UNKNOWN_FOLDER, file.name)
                continue
            yield LabelledItem(
                path=file.path,
                name=file.name,
                label=label,
                group=source_of(file.folders),
                split=split_of(file.folders),
            )


def plain(name: str) -> str:
    """A source's name for comparing: ``real_MSRVTT``, ``Show_1`` and ``Kinetics-400`` as known."""
    return re.sub(r"[^a-z0-9]", "", PREFIX.sub("", name).lower())


def truth_of(folders: Sequence[str]) -> Truth | None:
    """By the label's folder, or else by the nearest folder that is a known source."""
    stated = label_of(folders)
    if stated is not None:
        return stated
    for name in reversed(folders):
        if plain(name) in REAL:
            return Truth.REAL
        if plain(name) in FAKE:
            return Truth.FAKE
    return None


def source_of(folders: Sequence[str]) -> str | None:
    """The folder of its source, as it is written there."""
    known = [name for name in folders if plain(name) in REAL | FAKE]
    if known:
        return PREFIX.sub("", known[-1])
    return UNNAMED_REAL if folders[-1].lower() == "real" else group_of(folders)
