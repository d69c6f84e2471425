"""A person's own files, as they are."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from worker.stress.supply import Item, NoSuchItem

ORDER_STREAM = 3
"""Which of a seed's streams of random numbers shuffles them."""


class NoFiles(Exception):
    """There is no file that could be sent; the text says where, and why."""


@dataclass(frozen=True, slots=True)
class FolderSupply:
    """Files below a folder, each a content, sent as they are: so they come to an end."""

    root: Path
    names: tuple[str, ...]
    known: frozenset[str]
    """The same names: nothing else is served."""
    left_out: int = 0
    """Files that are larger than what an event may carry."""

    @classmethod
    def of(cls, root: Path, seed: int, largest: int | None) -> FolderSupply:
        """Shuffled by the seed. ``largest`` is in bytes. Raises ``NoFiles``."""
        found = [
            path
            for path in sorted(root.rglob("*"))
            if path.is_file()
            and not any(part.startswith(".") for part in path.relative_to(root).parts)
        ]
        if not found:
            raise NoFiles(f"--folder: there is no file in {root}")
        fitting = [path for path in found if largest is None or path.stat().st_size <= largest]
        if not fitting:
            raise NoFiles(
                f"--folder: all files in {root} are larger than the {largest:,} bytes that may"
                " stand inside an event; let workers fetch them, by --serve or --media-url"
            )
        order = np.random.default_rng([seed, ORDER_STREAM]).permutation(len(fitting))
        names = tuple(fitting[place].relative_to(root).as_posix() for place in order)
        return cls(root, names, frozenset(names), len(found) - len(fitting))

    @property
    def contents(self) -> int:
        """See ``Supply``."""
        return len(self.names)

    def item(self, number: int) -> Item:
        """See ``Supply``."""
        name = self.names[number]
        return Item(name, "file", mimetypes.guess_type(name)[0])

    def read(self, item: Item) -> bytes:
        """See ``Supply``."""
        if item.name not in self.known:
            raise NoSuchItem(item.name)
        return (self.root / item.name).read_bytes()
