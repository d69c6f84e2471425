"""What a person named on the command line, as uploads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from worker.domain.record import Record
from worker.domain.upload import MediaReference, UploadEvent
from worker.fetch.redact import redact
from worker.printable import encodable

REMOTE = ("http://", "https://", "s3://", "gs://")


class NothingToScan(Exception):
    """A path does not exist, or no file was found under any of them."""


@dataclass(frozen=True, slots=True)
class Target:
    """One file or URL."""

    name: str
    """As the person knows it: the path or URL they gave, or a file's path below it. Of a URL it is
    what may be shown."""
    url: str


def find_targets(named: Iterable[str]) -> list[Target]:
    """Every URL, every file, and every file below every folder, in order; hidden ones left out.

    Raises ``NothingToScan``.
    """
    targets: list[Target] = []
    for name in named:
        if name.startswith(REMOTE):
            # Without its query, which may be a signature: names stand in reports.
            targets.append(Target(redact(name), name))
            continue
        path = Path(name)
        if path.is_dir():
            targets.extend(
                Target(encodable(str(file.relative_to(path))), file.resolve().as_uri())
                for file in _files(path)
            )
        elif path.exists():
            targets.append(Target(encodable(name), path.resolve().as_uri()))
        else:
            raise NothingToScan(f"there is no file or folder {name!r}, and it is no URL we know")
    if not targets:
        raise NothingToScan("there is no file in what was named")
    return targets


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(where) / name
            if not name.startswith(".") and file.is_file():
                yield file


def common_root(targets: Iterable[Target]) -> Path | None:
    """The deepest folder above all the files: the only one that the scan may read."""
    folders = [
        str(Path(unquote(urlsplit(target.url).path)).parent)
        for target in targets
        if target.url.startswith("file:")
    ]
    return Path(os.path.commonpath(folders)) if folders else None


def as_record(target: Target, number: int) -> Record:
    """The target as a record of a stream that does not exist."""
    upload = UploadEvent(
        event_id=f"scan-{number}",
        content_id=target.name[-512:],
        media=MediaReference(url=target.url),
        surface="scan",
    )
    return Record(topic="scan", partition=0, offset=number, value=upload.model_dump_json().encode())
