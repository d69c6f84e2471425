"""`ivy-worker data export`: a set for machines that train."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.data_options import LayoutName, MediaFolder, SetPath, progress, read_set, say, told
from worker.datasets.exporting import SHARD_BYTES, Format, export
from worker.datasets.extra import require

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker data export split.jsonl --to shards/ --format webdataset

  ivy-worker data export Ivy-Fake/ --to parquet/ --format parquet --shard-bytes 200000000
"""

LIBRARY = {Format.WEBDATASET: "webdataset", Format.PARQUET: "pyarrow"}


def export_set(
    path: SetPath,
    to: Annotated[Path, typer.Option(metavar="DIR", help="A new folder.")],
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.WEBDATASET,
    shard_bytes: Annotated[
        int, typer.Option(metavar="N", min=1, help="Bytes of media in a shard.")
    ] = SHARD_BYTES,
    layout: LayoutName = None,
    media: MediaFolder = None,
) -> None:
    """Write a set, media and all, as WebDataset shards or Parquet.

    Every command that takes a SET reads both back, and unpacks the media beside the shards.
    """
    with told():
        require(LIBRARY[form])
        labelled = read_set(path, layout, media)
        with progress() as shown:
            task = shown.add_task("Writing", total=len(labelled.items))
            shards = export(
                labelled.items,
                to,
                form,
                shard_bytes=shard_bytes,
                done=lambda: shown.advance(task),
            )
        say(f"Wrote {to}: {shards} shards")
