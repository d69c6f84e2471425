"""How many letters there are of each reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from worker.dead_letters.letter import Letter

UNKNOWN = "unknown"
"""All reasons that this version does not know, so that a stranger's words cannot fill memory."""


@dataclass(slots=True)
class Group:
    """The letters of one reason."""

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    """The earliest and the latest of their last failures."""
    replayed: int = 0
    """Those that a replay brought there, again."""

    def add(self, letter: Letter) -> None:
        """Count a letter."""
        self.count += 1
        self.replayed += letter.replay_count > 0
        at = letter.died_at
        if at is not None:
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)


@dataclass(slots=True)
class Summary:
    """Counts by reason."""

    groups: dict[str, Group] = field(default_factory=dict)

    def add(self, letter: Letter) -> None:
        """Count a letter."""
        name = UNKNOWN if letter.reason is None else letter.reason.value
        self.groups.setdefault(name, Group()).add(letter)

    def by_count(self) -> list[tuple[str, Group]]:
        """The most frequent first."""
        return sorted(self.groups.items(), key=lambda item: (-item[1].count, item[0]))
