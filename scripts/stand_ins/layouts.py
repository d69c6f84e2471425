"""Which stand-in is of which layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.stand_ins.fakeclue import fakeclue
from scripts.stand_ins.ivy_fake import ivy_fake
from scripts.stand_ins.loki import loki
from scripts.stand_ins.media import MediaMaker
from scripts.stand_ins.trees import aigcdetect, chameleon, genimage, genvideo, genvideo_flat, plain

MAKERS: dict[str, Callable[[Path, MediaMaker], None]] = {
    "ivy-fake": ivy_fake,
    "loki": loki,
    "fakeclue": fakeclue,
    "genimage": genimage,
    "genvideo": genvideo,
    "genvideo-flat": genvideo_flat,
    "chameleon": chameleon,
    "aigcdetect": aigcdetect,
    "folders": plain,
}


def make(name: str, root: Path) -> None:
    """Make one in a new folder."""
    root.mkdir(parents=True)
    MAKERS[name](root, MediaMaker())
