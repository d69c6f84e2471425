"""Parquet with the media in it, as Hugging Face's sets of images have it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from worker.labelled.aside import Aside, Doubt
from worker.labelled.folders import subfolders
from worker.labelled.items import LabelledItem, LabelledSetInvalid
from worker.labelled.listing import annotation_in, group_in, label_in, split_in
from worker.labelled.records import Fields
from worker.labelled.unpacked_media import put

COLUMNS = ("media", "image", "video")
"""A struct of ``bytes`` and ``path``: ours, and those of Hugging Face's features."""

ROWS = 16
"""Rows held at once: each has a media in it."""


class Parquet:
    """As ``ivy-worker data export`` writes it. The media are unpacked while they are read."""

    name = "parquet"
    looks_like = "*.parquet with columns label and media (or image, video) of bytes and path"

    def found_at(self, path: Path) -> bool:
        """See ``Layout``. Beside folders such a file may be an archive of theirs."""
        return path.is_dir() and not subfolders(path) and any(path.glob("*.parquet"))

    def items(self, path: Path, aside: Aside) -> Iterator[LabelledItem]:
        """See ``Layout``."""
        files = sorted(path.glob("*.parquet"))
        if not files:
            raise LabelledSetInvalid(f"there is no .parquet in {path}")
        if find_spec("pyarrow") is None:
            raise LabelledSetInvalid(
                f"reading {path} needs pyarrow, not installed here: pip install '.[data]'"
            )
        for file in files:
            for number, row in enumerate(_rows(file)):
                item = _item(row, path, f"{file.name}, row {number}")
                if item is None:
                    aside.put(Doubt.UNUSABLE_RECORD, f"{file.name}, row {number}")
                else:
                    yield item


def _rows(file: Path) -> Iterator[Fields]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as table:
            for batch in table.iter_batches(batch_size=ROWS):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise LabelledSetInvalid(f"{file} cannot be read: {error}") from error


def _item(row: Fields, root: Path, where: str) -> LabelledItem | None:
    media: Any = next((row[key] for key in COLUMNS if isinstance(row.get(key), dict)), {})
    label, data = label_in(row), media.get("bytes")
    if label is None or not isinstance(data, bytes):
        return None
    name = media.get("path") if isinstance(media.get("path"), str) else ""
    return LabelledItem(
        path=put(root, data, PurePosixPath(name).suffix),
        name=str(row.get("name") or name or where),
        label=label,
        group=group_in(row),
        reasoning=annotation_in(row, label).reasoning,
        split=split_in(row),
    )
