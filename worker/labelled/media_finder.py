"""Where the media of a record lie: releases and their unpacked archives differ in the folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path, PurePosixPath


class MediaFinder:
    """Looks in each base for the path as written, then for ever shorter ends of it.

    Where one was found, the next is looked for first: a set is of one piece.
    """

    def __init__(self, bases: Sequence[Path]) -> None:
        self._bases = tuple(bases)
        self._last: tuple[Path, int] | None = None

    def find(self, name: str) -> Path:
        """The file; where there is none, the path below the first base, for a check to report.

        Raises ``ValueError`` for a name that leads out of the bases.
        """
        parts = [part for part in PurePosixPath(name).parts if part != "/"]
        if not parts or ".." in parts:
            raise ValueError(f"{name!r} is no path of a set")
        for base, dropped in self._places(len(parts)):
            path = os.path.join(base, *parts[dropped:])  # noqa: PTH118 - dozens for each record
            if os.path.isfile(path):  # noqa: PTH113
                self._last = (base, dropped)
                return Path(path)
        return self._bases[0].joinpath(*parts)

    def _places(self, parts: int) -> Iterator[tuple[Path, int]]:
        if self._last is not None and self._last[1] < parts:
            yield self._last
        for dropped, base in product(range(parts), self._bases):
            yield base, dropped
