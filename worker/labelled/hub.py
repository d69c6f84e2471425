"""Ivy-Fake's annotations straight from the hub, record by record; its media must be here.

They are in split 7z archives of some 355 GB, which no stream can read out of order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from worker.labelled.aside import Aside, SetAside
from worker.labelled.items import LabelledSet, LabelledSetInvalid
from worker.labelled.layouts.ivy_fake import ANNOTATIONS, IvyFake, read_records
from worker.labelled.records import Fields

PREFIX = re.compile(r"^hf:/{1,2}(?:datasets/)?")
"""``hf://``, or what is left of it once it went through a ``Path``."""

KNOWN = {"AI-Safeguard/Ivy-Fake"}
"""Understood without ``hf://``, where no folder is of that name."""

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9._-]+)?")


def is_hub(path: Path | str) -> bool:
    """Whether a set on the hub is meant, and not one here."""
    said = str(path)
    return PREFIX.match(said) is not None or (said in KNOWN and not Path(said).exists())


def read_hub(said: str, media: Path | None) -> LabelledSet:
    """The set ``hf://ORG/NAME[@REVISION]``, its media in the folder ``media``.

    Raises ``LabelledSetInvalid``, also where the hub does not answer.
    """
    name = PREFIX.sub("", said).rstrip("/")
    if ID.fullmatch(name) is None:
        raise LabelledSetInvalid(f"{said} is no set on the hub: say hf://ORG/NAME")
    if media is None or not media.is_dir():
        raise LabelledSetInvalid(
            f"the media of {said} are 7z archives: download them, unpack them with `ivy-worker"
            " data extract`, and name their folder with --media"
        )
    return stream(f"hf://datasets/{name}/{ANNOTATIONS}/*.jsonl", name.split("/")[1], media)


def stream(files: str, name: str, media: Path) -> LabelledSet:
    """The records of JSON Lines, here or there, by ``datasets`` in streaming form."""
    aside = Aside()
    items = tuple(read_records(_records(files), IvyFake(media).finder(media), aside, None))
    if not items:
        raise LabelledSetInvalid(f"no record of {files} is a labelled media")
    return LabelledSet(name, items, layout=IvyFake.name, aside=SetAside.all_of(aside))


def _records(files: str) -> Iterator[tuple[str, Fields]]:
    if find_spec("datasets") is None:
        raise LabelledSetInvalid(
            "reading from the hub needs datasets, not installed here: pip install '.[data]'"
        )
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    try:
        records = load_dataset("json", data_files=files, split="train", streaming=True)
        for number, fields in enumerate(records, 1):
            yield f"record {number}", dict(fields)
    except (DatasetsError, OSError, ValueError) as error:
        raise LabelledSetInvalid(f"{files} cannot be read: {error}") from error
