"""All layouts, in the order in which they are tried."""

from __future__ import annotations

from pathlib import Path

from worker.labelled.items import LabelledSetInvalid
from worker.labelled.layouts.aigcdetect import AigcDetect
from worker.labelled.layouts.chameleon import Chameleon
from worker.labelled.layouts.fakeclue import FakeClue
from worker.labelled.layouts.genimage import GenImage
from worker.labelled.layouts.genvideo import GenVideo
from worker.labelled.layouts.ivy_fake import IvyFake
from worker.labelled.layouts.loki import Loki
from worker.labelled.layouts.parquet import Parquet
from worker.labelled.layouts.plain_folders import PlainFolders
from worker.labelled.layouts.plain_list import PlainList
from worker.labelled.layouts.protocol import Layout
from worker.labelled.layouts.webdataset import WebDatasetShards

LAYOUTS: tuple[Layout, ...] = (
    IvyFake(),
    Loki(),
    FakeClue(),
    PlainList(),
    WebDatasetShards(),
    Parquet(),
    GenImage(),
    GenVideo(),
    Chameleon(),
    AigcDetect(),
    # Last, for it takes any folder.
    PlainFolders(),
)

NAMES = tuple(layout.name for layout in LAYOUTS)


def layout_named(name: str) -> Layout:
    """Raises ``LabelledSetInvalid`` where there is none of that name."""
    for layout in LAYOUTS:
        if layout.name == name:
            return layout
    raise LabelledSetInvalid(f"{name!r} is no layout; there are {', '.join(NAMES)}")


def layout_at(path: Path) -> Layout | None:
    """The first that seems to be there."""
    return next((layout for layout in LAYOUTS if layout.found_at(path)), None)
