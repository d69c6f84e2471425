"""What a row is to the suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.figure import Figure
from scripts.bench.size import Size


@dataclass(frozen=True, slots=True)
class Bench:
    """What a row is given."""

    size: Size
    folder: Path
    """For its files; gone afterwards."""
    done: Callable[[], None]
    """To be called after each round."""


Row = Callable[[Bench], Figure | tuple[Figure, ...]]
"""More than one figure where the same rounds answer several questions."""
