"""A WebDataset: ``*.tar`` in which a media and its ``.json`` share a name."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from worker.labelled.aside import Aside, Doubt
from worker.labelled.folders import subfolders
from worker.labelled.items import LabelledItem, LabelledSetInvalid
from worker.labelled.listing import annotation_in, group_in, label_in, split_in
from worker.labelled.records import Fields
from worker.labelled.unpacked_media import put

OURS = {"json"}
"""What is no media; names that begin with two underscores are the library's own."""


class WebDatasetShards:
    """As ``ivy-worker data export`` writes them. The media are unpacked while they are read."""

    name = "webdataset"
    looks_like = "*.tar, each media beside a .json of label, group and split"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``. Beside folders such a file may be an archive of theirs."""
        return path.is_dir() and not subfolders(path) and any(path.glob("*.tar"))

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        shards = sorted(path.glob("*.tar"))
        if not shards:
            raise LabelledSetInvalid(f"there is no .tar in {path}")
        if find_spec("webdataset") is None:
            raise LabelledSetInvalid(
                f"reading {path} needs webdataset, not installed here: pip install '.[data]'"
            )
        for shard in shards:
            for sample in _samples(shard):
                item = _item(sample, path)
                if item is None:
                    aside.put(Doubt.UNUSABLE_RECORD, f"{shard.name}, {sample['__key__']}")
                else:
                    yield item


def _samples(shard: Path) -> Iterator[dict[str, object]]:
    from webdataset.tariterators import group_by_keys, tar_file_expander

    try:
        # Opened here, for the library's own opener leaves files open.
        with shard.open("rb") as stream:
            yield from group_by_keys(tar_file_expander([{"url": str(shard), "stream": stream}]))
    except (OSError, ValueError, tarfile.TarError) as error:
        raise LabelledSetInvalid(f"{shard} cannot be read: {error}") from error


def _item(sample: dict[str, object], root: Path) -> LabelledItem | None:
    media = sorted(key for key in sample if not key.startswith("__") and key not in OURS)
    fields = _fields(sample.get("json"))
    label = label_in(fields)
    data = sample[media[0]] if media else None
    if label is None or not isinstance(data, bytes):
        return None
    return LabelledItem(
        path=put(root, data, f".{media[0].rsplit('.', 1)[-1]}"),
        name=str(fields.get("name") or f"{sample['__key__']}.{media[0]}"),
        label=label,
        group=group_in(fields),
        reasoning=annotation_in(fields, label).reasoning,
        split=split_in(fields),
    )


def _fields(data: object) -> Fields:
    try:
        found = json.loads(data) if isinstance(data, bytes) else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
