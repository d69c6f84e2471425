"""Unpacking a 7z archive that a stranger packed: bounded, and going on where it was broken off."""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from worker.datasets.volumes import ArchiveUnusable, Volumes
from worker.datasets.writers import Writers

MAX_MEMBERS = 2_000_000
"""Members of one archive: Ivy-Fake has 111,379 media in all, and a header of more fills memory."""

MAX_NAME = 1024
"""Characters of a member's name."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    name: str
    nbytes: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What became of an archive."""

    archive: Path
    written: int
    """Files."""
    there: int
    """Files that an earlier run had unpacked."""
    nbytes: int
    """Written now."""


def survey(volumes: Volumes, max_bytes: int) -> list[Member]:
    """The archive's files, none unpacked. Raises ``ArchiveUnusable`` for what we do not unpack.

    That is a name that leads out of its folder, a link, a device, two members of one name, and more
    than ``max_bytes`` in all.
    """
    with opened(volumes) as archive:
        found = archive.list()
    if len(found) > MAX_MEMBERS:
        raise _refused(volumes, f"has {len(found)} members, and {MAX_MEMBERS} are allowed")
    names = set()
    for one in found:
        _check(volumes, one.filename)
        if one.is_symlink or not (one.is_file or one.is_directory):
            raise _refused(volumes, f"holds {one.filename!r}, which is a link or no file")
        if one.filename in names:
            raise _refused(volumes, f"holds {one.filename!r} twice")
        names.add(one.filename)
    total = sum(one.uncompressed for one in found)
    if total > max_bytes:
        raise _refused(
            volumes, f"unpacks to {total} bytes, and {max_bytes} are allowed (--max-bytes)"
        )
    return [Member(one.filename, one.uncompressed) for one in found if one.is_file]


def unpack(
    volumes: Volumes, members: Sequence[Member], to: Path, done: Callable[[int], None]
) -> Unpacked:
    """Unpack what is not there yet; ``done`` is told of bytes. Raises ``ArchiveUnusable``.

    A file gets its name once its checksum was found right, so that one which is there is whole.
    """
    to = to.resolve()
    wanted = {one.name: one.nbytes for one in members if not _is_there(to, one)}
    _check_no_links(volumes, to, wanted)
    done(sum(one.nbytes for one in members if one.name not in wanted))
    if wanted:
        sizes = {(to / name).as_posix(): nbytes for name, nbytes in wanted.items()}
        with opened(volumes) as archive, Writers(sizes, done) as writers:
            archive.extract(path=to, targets=set(wanted), factory=writers.factory())
    return Unpacked(volumes.base, len(wanted), len(members) - len(wanted), sum(wanted.values()))


@contextmanager
def opened(volumes: Volumes) -> Iterator[Any]:
    """The archive, whatever its volumes. Raises ``ArchiveUnusable``, also while it is used."""
    from multivolumefile import MultiVolume
    from py7zr import SevenZipFile
    from py7zr.exceptions import ArchiveError

    try:
        with _file(volumes, MultiVolume) as file, SevenZipFile(file, "r") as archive:
            yield archive
    except (ArchiveError, lzma.LZMAError, EOFError, ValueError, IndexError) as error:
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        raise ArchiveUnusable(
            f"{volumes.base} is damaged, or its last volume is missing ({what})"
        ) from error


def _file(volumes: Volumes, joined: Any) -> IO[bytes]:
    if not volumes.split:
        return volumes.base.open("rb")
    file: IO[bytes] = joined(volumes.base, mode="rb")
    return file


def _check(volumes: Volumes, name: str) -> None:
    parts = PurePosixPath(name).parts
    unsafe = not parts or ".." in parts or parts[0] == "/" or "\\" in name or ":" in parts[0]
    if unsafe or len(name) > MAX_NAME or not name.isprintable():
        raise _refused(volumes, f"holds {name[:100]!r}, which is no path below a folder")


def _check_no_links(volumes: Volumes, to: Path, wanted: dict[str, int]) -> None:
    """A link that stands in ``to`` already would lead a file out of it."""
    for folder in {(to / name).parent for name in wanted}:
        if not folder.resolve().is_relative_to(to):
            raise _refused(volumes, f"would write to {folder}, which a link leads out of {to}")


def _is_there(to: Path, one: Member) -> bool:
    file = to / one.name
    return file.is_file() and not file.is_symlink() and file.stat().st_size == one.nbytes


def _refused(volumes: Volumes, what: str) -> ArchiveUnusable:
    return ArchiveUnusable(f"{volumes.base} is not unpacked: it {what}")
