"""Media whose label is known."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from worker.labelled.aside import SetAside


class Truth(StrEnum):
    """What a media is, by the word of whoever labelled it."""

    REAL = "real"
    FAKE = "fake"


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """One media."""

    path: Path
    name: str
    """As the set knows it: the path below its folder, or as its list has it."""
    label: Truth
    group: str | None = None
    """Where it comes from, such as its generator, where the set tells."""
    reasoning: str | None = None
    """What an annotator wrote of it: the words within ``<think>``, where the set has some."""
    split: str | None = None
    """The part of its set that it belongs to, in small letters: train, val or test."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """All media of one set, in a fixed order."""

    name: str
    items: tuple[LabelledItem, ...]
    left_out: int = 0
    """Files that lie under no folder that is a label."""
    layout: str = "items"
    """By which layout it was read."""
    aside: tuple[SetAside, ...] = ()
    """What could not be taken at its word, by kind."""

    def count(self, label: Truth) -> int:
        """Items with this label."""
        return sum(item.label is label for item in self.items)

    def sample(self, size: int, seed: int) -> LabelledSet:
        """As many of them, drawn at random, each label in its share; all, if there are no more."""
        if size >= len(self.items):
            return self
        rng = random.Random(seed)  # noqa: S311 - a sample, no secret
        fakes = round(size * self.count(Truth.FAKE) / len(self.items))
        chosen: set[int] = set()
        for label, wanted in ((Truth.FAKE, fakes), (Truth.REAL, size - fakes)):
            places = [n for n, item in enumerate(self.items) if item.label is label]
            chosen.update(rng.sample(places, min(wanted, len(places))))
        return replace(self, items=tuple(self.items[place] for place in sorted(chosen)))


class LabelledSetInvalid(Exception):
    """There is no such set, or it cannot be read; the text says where and why."""
