"""A folder of weights that was fetched: what it holds, and whether that is what it should."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.calibration.atomic import write_whole

MARKER = ".ivy-worker-model.json"
"""Written last: a folder with it is whole."""

MAX_LIST_BYTES = 4 * 1024 * 1024
"""A checkpoint has tens of files, and a line for each."""

CHUNK_BYTES = 4 * 1024 * 1024
"""Read at once while hashing."""

SUM_LINE = re.compile(r"^([0-9a-fA-F]{64}) [ *](.+)$")
"""As ``sha256sum`` writes it (GNU coreutils): two spaces, or a star for binary mode."""


class FetchFailed(Exception):
    """Weights cannot be fetched, or are not what they should be; the text says what to do."""


class FetchedFile(BaseModel):
    """One file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Fetched(BaseModel):
    """All of them, and where they are from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    revision: str
    files: dict[str, FetchedFile]


def read_marker(folder: Path) -> Fetched | None:
    """None where there is none, or none that can be read: then the folder is looked over anew."""
    try:
        with (folder / MARKER).open("rb") as file:
            return Fetched.model_validate_json(file.read(MAX_LIST_BYTES))
    except (OSError, ValidationError):
        return None


def write_marker(folder: Path, fetched: Fetched) -> None:
    """The last step. Raises ``OSError``."""
    write_whole(folder / MARKER, (fetched.model_dump_json(indent=2) + "\n").encode())


def is_whole(folder: Path, fetched: Fetched) -> bool:
    """Whether every file is there in its size; their bytes are not read."""
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == file.size
        for name, file in fetched.files.items()
    )


def read_sums(path: Path) -> dict[str, str]:
    """A file of checksums as ``sha256sum`` writes it: SHA-256 in hexadecimal, by file name.

    Raises ``FetchFailed``.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_LIST_BYTES + 1)[:MAX_LIST_BYTES].decode()
    except (OSError, UnicodeDecodeError) as error:
        raise FetchFailed(f"--checksums: there is no readable file at {path}") from error
    sums: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = SUM_LINE.match(line)
        if found is None:
            raise FetchFailed(
                f"--checksums: line {number} of {path} is not as `sha256sum FILE...` writes it"
            )
        sums[found[2].removeprefix("./")] = found[1].lower()
    if not sums:
        raise FetchFailed(f"--checksums: {path} has no line")
    return sums


def check_sums(found: Mapping[str, str], sums: Mapping[str, str]) -> None:
    """What was fetched against what was expected, both by name. Raises ``FetchFailed``."""
    for name, expected in sums.items():
        if name not in found:
            raise FetchFailed(f"--checksums names {name}, which is not among what is fetched")
        if found[name] != expected:
            raise FetchFailed(
                f"{name} is not what --checksums says: its SHA-256 is {found[name]}, and should be"
                f" {expected}. Nothing was marked as complete"
            )
    unlisted = sorted(set(found) - set(sums))
    if unlisted:
        raise FetchFailed(
            f"--checksums has no line for {', '.join(unlisted)}: add it, for what is not listed is"
            " not checked"
        )


def digests(path: Path, read: Callable[[int], None]) -> tuple[str, str]:
    """SHA-256 of a file, and the id that git gives it; ``read`` is told of bytes. ``OSError``.

    Git's is the SHA-1 of a header and the content ("Git Internals - Git Objects", Pro Git 10.2):
    the hub's own word for a file that is not in LFS. It finds damage, and is no proof against a
    forger; the pinned revision is a SHA-1, too.
    """
    ours = hashlib.sha256()
    gits = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            ours.update(chunk)
            gits.update(chunk)
            read(len(chunk))
    return ours.hexdigest(), gits.hexdigest()
