"""Labelled sets, however they are kept."""

from __future__ import annotations

from pathlib import Path

from worker.labelled.aside import Aside, Doubt, SetAside
from worker.labelled.folders import name_of
from worker.labelled.hub import is_hub, read_hub
from worker.labelled.items import LabelledSet, LabelledSetInvalid
from worker.labelled.layouts.ivy_fake import IvyFake
from worker.labelled.layouts.plain_list import LISTS
from worker.labelled.layouts.protocol import Layout
from worker.labelled.layouts.registry import layout_at, layout_named


def read_labelled(
    path: Path | str, *, layout: str | None = None, media: Path | None = None
) -> LabelledSet:
    """A labelled set: a folder, a list, or ``hf://ORG/NAME`` on the hub.

    ``layout`` names one of ``layouts/registry.py`` where the guess would be wrong. ``media`` is the
    folder of Ivy-Fake's media where they do not lie beside its annotations. Raises
    ``LabelledSetInvalid``.
    """
    if is_hub(path):
        return read_hub(str(path), media)
    path = Path(path)
    if not path.exists():
        raise LabelledSetInvalid(f"there is no folder or file {path}")
    chosen = layout_at(path) if layout is None else layout_named(layout)
    if chosen is None:
        raise LabelledSetInvalid(
            f"{path} is neither a folder nor a list ({', '.join(LISTS)}) of labelled media"
        )
    if media is not None:
        chosen = _with_media(chosen, media)
    return _whole(chosen, path)


def _with_media(layout: Layout, media: Path) -> Layout:
    if not isinstance(layout, IvyFake):
        raise LabelledSetInvalid(
            f"a folder of media is for the layout {IvyFake.name}, and not for {layout.name}"
        )
    return IvyFake(media)


def _whole(layout: Layout, path: Path) -> LabelledSet:
    aside = Aside()
    items = tuple(layout.items(path, aside))
    if not items:
        raise LabelledSetInvalid(f"no labelled media is in {path} by the layout {layout.name}")
    return LabelledSet(
        name=name_of(path),
        items=items,
        left_out=aside.counts[Doubt.UNKNOWN_FOLDER],
        layout=layout.name,
        aside=SetAside.all_of(aside),
    )
