"""What a set has that cannot be taken at its word: counted by kind, and named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

NAMED = 20
"""Items of a kind that are named: enough to look at, whatever the size of the set."""


class Doubt(StrEnum):
    """What is wrong. Of the first three only the annotation is dropped; the media stays."""

    CONCLUSION_CONTRADICTS = "conclusion_contradicts"
    """The annotation closes with another word than the label."""
    LOOPING = "looping"
    """The annotation repeats itself without end."""
    NO_CONCLUSION = "no_conclusion"
    """The annotation closes with neither real nor fake."""
    PATH_CONTRADICTS = "path_contradicts"
    """The record's label is another than that of the folder its media lies in."""
    QUESTIONS_CONTRADICT = "questions_contradict"
    """Two questions about one media have answers that cannot both be right."""
    UNUSABLE_RECORD = "unusable_record"
    """The record has no path or no label that is known."""
    UNKNOWN_FOLDER = "unknown_folder"
    """The file lies in no folder whose label is known."""


@dataclass(slots=True)
class Aside:
    """Collects doubts while a set is read."""

    counts: Counter[Doubt] = field(default_factory=Counter)
    names: dict[Doubt, list[str]] = field(default_factory=dict)

    def put(self, doubt: Doubt, name: str) -> None:
        """Count one, and keep its name if there is room."""
        self.counts[doubt] += 1
        named = self.names.setdefault(doubt, [])
        if len(named) < NAMED:
            named.append(name)


@dataclass(frozen=True, slots=True)
class SetAside:
    """All of one kind, once a set is read."""

    doubt: Doubt
    count: int
    names: tuple[str, ...]

    @classmethod
    def all_of(cls, aside: Aside) -> tuple[SetAside, ...]:
        """In the order of ``Doubt``."""
        return tuple(
            cls(doubt, aside.counts[doubt], tuple(aside.names[doubt]))
            for doubt in Doubt
            if aside.counts[doubt]
        )
