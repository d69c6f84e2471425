"""A row of the table: rounds of ours and of a reference, one after the other in one run."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LARGE = 1000
"""From here on whole numbers say enough."""


def written(value: float) -> str:
    """Three digits that count, and never an exponent of ten for what is large."""
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.3g}"


class Compared(StrEnum):
    """How the two sides of a round make one value."""

    RATIO = "ratio"
    """Ours over the reference's."""
    DIFFERENCE = "difference"
    """Ours less the reference's, in their unit: of a time, part of which is not ours to answer."""


@dataclass(frozen=True, slots=True)
class Round:
    """Both sides, measured right after one another: what else the machine does, it does to both."""

    ours: float
    reference: float
    more: Mapping[str, float] = field(default_factory=dict)
    """What else was seen, by name, for the record."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one row found.

    ``unit`` is that of both sides. The value is taken in each round, so that a machine that slows
    down from one round to the next changes both of its terms.
    """

    row: str
    ours: str
    reference: str
    unit: str
    rounds: tuple[Round, ...]
    aim: float
    at_most: bool = False
    """Whether the aim is an upper bound, as of a memory that grows."""
    compared: Compared = Compared.RATIO
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the reference's packages, where they are not of our environment."""

    @property
    def values(self) -> tuple[float, ...]:
        """Of each round."""
        if self.compared is Compared.DIFFERENCE:
            return tuple(one.ours - one.reference for one in self.rounds)
        return tuple(one.ours / one.reference for one in self.rounds)

    @property
    def value(self) -> float:
        """Their median."""
        return statistics.median(self.values)

    @property
    def holds(self) -> bool:
        """Whether the aim is met."""
        return self.value <= self.aim if self.at_most else self.value >= self.aim

    @property
    def aimed(self) -> str:
        """The aim, for a table."""
        return f"{'<=' if self.at_most else '>='} {self.shown(self.aim)}"

    def shown(self, value: float) -> str:
        """A value of this row, for a table."""
        if self.compared is Compared.DIFFERENCE:
            return f"{written(value)} {self.unit}"
        return written(value)

    def as_json(self) -> dict[str, Any]:
        """With all rounds, as they were."""
        return {
            "row": self.row,
            "ours": self.ours,
            "reference": self.reference,
            "unit": self.unit,
            "aim": self.aimed,
            self.compared.value: {
                "median": round(self.value, 4),
                "least": round(min(self.values), 4),
                "most": round(max(self.values), 4),
            },
            "holds": self.holds,
            "reference_versions": dict(self.versions),
            "rounds": [
                {"ours": one.ours, "reference": one.reference, **one.more} for one in self.rounds
            ],
        }
