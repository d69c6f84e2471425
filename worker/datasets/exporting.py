"""A set as WebDataset shards or Parquet, media and all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from worker.labelled.items import LabelledItem

SHARD_BYTES = 512 * 1024**2
"""Of media in a shard: large enough to be read in one go, small enough to be shuffled by shards."""


class Format(StrEnum):
    """What is written."""

    WEBDATASET = "webdataset"
    PARQUET = "parquet"


class ExportImpossible(Exception):
    """The place or a media is not fit; the text says which."""


def export(
    items: Sequence[LabelledItem],
    to: Path,
    form: Format,
    *,
    shard_bytes: int = SHARD_BYTES,
    done: Callable[[], None],
) -> int:
    """Write all of them into a new folder, and count the shards; ``done`` is told of each item.

    The folder is there whole or not at all. Raises ``ExportImpossible``, ``OSError``.
    """
    write = {Format.WEBDATASET: _write_tars, Format.PARQUET: _write_parquet}[form]
    with _new_folder(to) as draft:
        shards = 0
        for shard in _shards(items, shard_bytes):
            write(draft, shards, shard, done)
            shards += 1
    return shards


def _shards(items: Sequence[LabelledItem], most: int) -> Iterator[list[LabelledItem]]:
    shard: list[LabelledItem] = []
    filled = 0
    for item in items:
        size = _size(item)
        if shard and filled + size > most:
            yield shard
            shard, filled = [], 0
        shard.append(item)
        filled += size
    if shard:
        yield shard


def _write_tars(
    folder: Path, number: int, shard: list[LabelledItem], done: Callable[[], None]
) -> None:
    import webdataset

    # Owner and time would make each export of the same set another file.
    with webdataset.TarWriter(str(folder / f"shard-{number:06d}.tar"), mtime=0) as writer:
        for place, item in enumerate(shard):
            suffix = item.path.suffix.lower().lstrip(".") or "bin"
            key = f"{number:06d}-{place:06d}"
            meta = json.dumps(_fields(item)).encode()
            writer.write({"__key__": key, suffix: item.path.read_bytes(), "json": meta})
            done()


def _write_parquet(
    folder: Path, number: int, shard: list[LabelledItem], done: Callable[[], None]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.string()
    schema = pa.schema(
        [
            ("media", pa.struct([("bytes", pa.binary()), ("path", text)])),
            *((name, text) for name in ("name", "label", "group", "split", "reasoning")),
        ]
    )
    with pq.ParquetWriter(folder / f"shard-{number:06d}.parquet", schema) as writer:
        for item in shard:
            # A row group each, so that a reader holds one media and not a shard.
            media = {"bytes": item.path.read_bytes(), "path": item.path.name}
            writer.write_table(pa.Table.from_pylist([{"media": media, **_fields(item)}], schema))
            done()


def _fields(item: LabelledItem) -> dict[str, Any]:
    return {
        "name": item.name,
        "label": item.label.value,
        "group": item.group,
        "split": item.split,
        "reasoning": item.reasoning,
    }


def _size(item: LabelledItem) -> int:
    try:
        return item.path.stat().st_size
    except OSError as error:
        raise ExportImpossible(
            f"{item.path} cannot be read ({error.strerror}): `ivy-worker data check` names all such"
        ) from error


@contextmanager
def _new_folder(to: Path) -> Iterator[Path]:
    if to.exists():
        raise ExportImpossible(f"{to} is there already: name a new folder")
    to.resolve().parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=to.resolve().parent, prefix=f".{to.name}."))
    try:
        yield draft
        draft.chmod(0o755)
        draft.rename(to)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
