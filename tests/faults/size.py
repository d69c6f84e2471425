"""How much of a scenario is run."""

from __future__ import annotations

from enum import StrEnum


class Size(StrEnum):
    """``SHORT`` fits a change's checks; ``LONG`` is the whole of it."""

    SHORT = "short"
    LONG = "long"

    def pick(self, short: int, long: int) -> int:
        """The number for this size."""
        return short if self is Size.SHORT else long
