"""The volumes of a split archive: ``image_test.7z.001``, ``image_test.7z.002`` ..."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

VOLUME = re.compile(r"(?P<base>.+\.7z)\.(?P<number>[0-9]{3,5})")


class ArchiveUnusable(Exception):
    """An archive cannot be unpacked; the text says why."""


@dataclass(frozen=True, slots=True)
class Volumes:
    """One archive: its name without a number, and its files in order."""

    base: Path
    files: tuple[Path, ...]

    @property
    def split(self) -> bool:
        """Whether it has volumes; a plain .7z is its own only file."""
        return self.files != (self.base,)

    @property
    def nbytes(self) -> int:
        """Of all files together."""
        return sum(file.stat().st_size for file in self.files)


def archives_in(path: Path) -> list[Volumes]:
    """Those below a folder, or the one that a file belongs to. Raises ``ArchiveUnusable``."""
    if path.is_dir():
        names = sorted({base for file in path.rglob("*.7z*") if (base := _base(file)) is not None})
        if not names:
            raise ArchiveUnusable(f"there is no .7z or .7z.001 below {path}")
        return [_volumes(base) for base in names]
    base = _base(path)
    if base is None or not path.is_file():
        raise ArchiveUnusable(f"{path} is no file named .7z or .7z.001, and no folder of such")
    return [_volumes(base)]


def _base(file: Path) -> Path | None:
    volume = VOLUME.fullmatch(file.name)
    if volume is not None:
        return file.with_name(volume["base"])
    return file if file.suffix == ".7z" else None


def _volumes(base: Path) -> Volumes:
    if base.is_file():
        return Volumes(base, (base,))
    beside = sorted(base.parent.glob(f"{base.name}.*"))
    numbers = []
    for file in beside:
        volume = VOLUME.fullmatch(file.name)
        if volume is None:
            # The library that joins them takes whatever begins with the archive's name.
            raise ArchiveUnusable(f"{file} is no volume of {base.name}: move it elsewhere")
        numbers.append(int(volume["number"]))
    missing = sorted(set(range(1, max(numbers) + 1)) - set(numbers))
    if missing:
        raise ArchiveUnusable(f"{base} lacks volume {missing[0]:03d}: it was not downloaded whole")
    return Volumes(base, tuple(beside))
