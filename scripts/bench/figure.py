"""A row of the table: rounds of ours and of a reference, one after the other in one run."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Round:
    """Both sides, measured right after one another: what else the machine does, it does to both."""

    ours: float
    reference: float


@dataclass(frozen=True, slots=True)
class Figure:
    """What one row found.

    ``unit`` is that of both sides, a rate: more is better. The ratio is taken in each round, so
    that a machine that slows down from one round to the next changes both of its terms.
    """

    row: str
    ours: str
    reference: str
    unit: str
    rounds: tuple[Round, ...]
    aim: float
    at_most: bool = False
    """Whether the aim is an upper bound, as of a memory that grows."""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours over the reference's, of each round."""
        return tuple(one.ours / one.reference for one in self.rounds)

    @property
    def ratio(self) -> float:
        """Their median."""
        return statistics.median(self.ratios)

    @property
    def holds(self) -> bool:
        """Whether the aim is met."""
        return self.ratio <= self.aim if self.at_most else self.ratio >= self.aim

    @property
    def aimed(self) -> str:
        """The aim, for a table."""
        return f"{'<=' if self.at_most else '>='} {self.aim:g}"

    def as_json(self) -> dict[str, Any]:
        """With all rounds, as they were."""
        return {
            "row": self.row,
            "ours": self.ours,
            "reference": self.reference,
            "unit": self.unit,
            "aim": self.aimed,
            "ratio": {
                "median": round(self.ratio, 4),
                "least": round(min(self.ratios), 4),
                "most": round(max(self.ratios), 4),
            },
            "holds": self.holds,
            "rounds": [{"ours": one.ours, "reference": one.reference} for one in self.rounds],
        }
