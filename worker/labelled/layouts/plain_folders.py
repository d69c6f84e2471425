"""Any tree of folders in which the name of one is a label: ``0_real``, ``fake``, ``nature`` ..."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worker.labelled.aside import Aside, Doubt
from worker.labelled.folders import LABELS, files_below, group_of, label_of, split_of
from worker.labelled.items import LabelledItem, LabelledSetInvalid


class PlainFolders:
    """The nearest folder that is a label counts, at any depth."""

    name = "folders"
    looks_like = "real/ and fake/, 0_real/ and 1_fake/, or nature/ and ai/, anywhere in a tree"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``. Any folder: what is wrong with it is told while reading."""
        return path.is_dir()

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        empty = True
        for file in files_below(path):
            label = label_of(file.folders)
            if label is None:
                aside.put(Doubt.UNKNOWN_FOLDER, file.name)
                continue
            empty = False
            yield LabelledItem(
                path=file.path,
                name=file.name,
                label=label,
                group=group_of(file.folders),
                split=split_of(file.folders),
            )
        if empty:
            raise LabelledSetInvalid(
                f"no file lies in a folder named {', '.join(LABELS)} below {path}: that is how"
                " folders tell a label"
            )
