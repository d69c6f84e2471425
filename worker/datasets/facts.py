"""What was found of each media of a set, and the file that it is kept in: looking takes hours."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.domain.media import MediaKind
from worker.labelled.items import LabelledItem, Truth

MAX_LINE = 64 * 1024
"""Longest line in characters: a path takes 4,096 at most, the rest little."""


class Facts(BaseModel):
    """One media of a labelled set, as it lies there."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    path: str = Field(description="Where it lies: by it the same media is known in another list.")
    name: str = Field(description="As the set knows it.")
    label: Truth
    group: str | None = None
    split: str | None = None
    bytes: int = Field(ge=0, description="Size of the file; 0 where there is none.")
    mtime_ns: int = Field(description="When it was written: with the size, whether it is the same.")
    sha256: str | None = Field(default=None, description="Of its bytes; null if unreadable.")
    problem: str | None = Field(default=None, description="Why it cannot be decoded, if so.")
    kind: MediaKind | None = None
    mime: str | None = Field(default=None, description="Media type found in the bytes.")
    codec: str | None = None
    width: int | None = Field(default=None, description="In pixels, after rotation.")
    height: int | None = Field(default=None, description="In pixels, after rotation.")
    frames: int | None = None
    duration_s: float | None = Field(default=None, description="Seconds, of a video.")
    phashes: tuple[str, ...] = Field(
        default=(), description="Perceptual hashes of the middle frames, 64 bits in hex."
    )

    @property
    def readable(self) -> bool:
        """Whether it was decoded."""
        return self.problem is None

    def still_of(self, item: LabelledItem) -> bool:
        """Whether the item's file is as it was. Raises ``OSError`` where there is none."""
        now = item.path.stat()
        return (self.bytes, self.mtime_ns) == (now.st_size, now.st_mtime_ns)


class FactsInvalid(Exception):
    """A file of facts cannot be read; the text says where and why."""


class FactsFile:
    """JSON Lines that grow while a set is looked at, so that a broken run goes on.

    A last line that was cut is written anew. A context manager.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def known(self) -> dict[str, Facts]:
        """What it has already, by path; the last line about one counts. Raises ``FactsInvalid``."""
        if not self._path.exists():
            return {}
        return {facts.path: facts for facts in _lines(self._path)}

    def __enter__(self) -> Self:
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._file is not None
        self._file.close()

    def add(self, facts: Facts) -> None:
        """Write one."""
        assert self._file is not None
        self._file.write(facts.model_dump_json() + "\n")
        self._file.flush()


def by_item(facts: Mapping[str, Facts], items: Iterable[LabelledItem]) -> list[Facts]:
    """The facts of each item, in their order, with what its set says of it now."""
    return [
        facts[place_of(item)].model_copy(
            update={
                "name": item.name,
                "label": item.label,
                "group": item.group,
                "split": item.split,
            }
        )
        for item in items
    ]


def place_of(item: LabelledItem) -> str:
    """The path by which facts are known: absolute, and no link followed."""
    return os.path.abspath(item.path)  # noqa: PTH100 - Path's own would follow links


def _lines(path: Path) -> list[Facts]:
    found: list[Facts] = []
    whole = 0
    try:
        with path.open("rb") as lines:
            while line := lines.readline(MAX_LINE + 1):
                if not line.endswith(b"\n"):
                    break
                found.append(Facts.model_validate_json(line))
                whole += len(line)
        if whole < path.stat().st_size:
            with path.open("r+b") as file:
                file.truncate(whole)
    except OSError as error:
        raise FactsInvalid(f"{path} (--facts) cannot be read: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise FactsInvalid(
            f"{path}, line {len(found) + 1}: {fault['msg']}; is it a file of --facts?"
        ) from error
    return found
