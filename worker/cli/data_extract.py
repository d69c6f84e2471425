"""`ivy-worker data extract`: archives into media."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from worker.cli.data_options import say, told
from worker.datasets.extra import require
from worker.datasets.unpacking import Member, Unpacked, survey, unpack
from worker.datasets.volumes import Volumes, archives_in

EXAMPLES = """
[bold]Examples[/bold]

  ivy-worker data extract Ivy-Fake/media   (image/image_test.7z.001 and all others below)

  ivy-worker data extract image_test.7z.001 --to Ivy-Fake/media/image --max-bytes 500000000000
"""

TEBIBYTE = 2**40


def extract(
    archive: Annotated[
        Path,
        typer.Argument(
            metavar="ARCHIVE|DIR",
            help="A .7z or .7z.001, or a folder: all such below it.",
            show_default=False,
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to; else each beside its archive."),
    ] = None,
    max_bytes: Annotated[
        int, typer.Option(metavar="N", min=1, help="Most bytes that one archive may unpack to.")
    ] = TEBIBYTE,
) -> None:
    """Unpack 7z archives, split or not. What is there already is not unpacked again.

    All are examined before the first is unpacked: links, names that lead out of the folder, and
    more than --max-bytes are refused. A file has its name once its checksum was found right.
    """
    with told():
        require("py7zr", "multivolumefile")
        surveyed = [(volumes, survey(volumes, max_bytes)) for volumes in archives_in(archive)]
        for volumes, members in surveyed:
            found = _unpack(volumes, members, to or volumes.base.parent)
            say(f"{found.archive}: {found.written:,} files written, {found.there:,} there before")


def _unpack(volumes: Volumes, members: list[Member], to: Path) -> Unpacked:
    to.mkdir(parents=True, exist_ok=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as shown:
        total = sum(member.nbytes for member in members)
        task = shown.add_task(volumes.base.name, total=total)
        return unpack(volumes, members, to, lambda nbytes: shown.advance(task, nbytes))
