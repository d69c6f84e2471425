"""What came of a hostile file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.hostile.case import Case


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the table. Mebibytes are how far a process grew at its peak."""

    case: Case
    outcome: str
    """``answered``, a reason, or what else happened."""
    detail: str
    nbytes: int
    ms: float
    """As a caller waited."""
    cpu_ms: float
    """Of the decode process, which does not wait for other programs."""
    child_mib: float
    parent_mib: float
    survived: bool
    """Whether the process that was asked told what came of it, and neither died nor hung."""
    healthy: bool
    """Whether that picture was answered, and rightly."""

    @property
    def problems(self) -> list[str]:
        """What is not as it should be."""
        case = self.case
        found = {
            f"{self.outcome}, and not {case.expected}": self.outcome != case.expected,
            f"{self.cpu_ms:.0f} ms are over {case.most_ms:.0f}": self.cpu_ms > case.most_ms,
            f"{self.child_mib:.0f} MiB are over {case.most_mib}": self.child_mib > case.most_mib,
            f"the parent grew by {self.parent_mib:.0f} MiB": self.parent_mib > PARENT_MIB,
            "the decode process did not live through it": not self.survived,
            "the picture after it was not answered, or wrongly": not self.healthy,
        }
        return [problem for problem, holds in found.items() if holds]

    @property
    def good(self) -> bool:
        """Whether all is as it should be."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return {
            "case": self.case.name,
            "expected": self.case.expected,
            "outcome": self.outcome,
            "detail": self.detail,
            "bytes": self.nbytes,
            "ms": round(self.ms, 1),
            "cpu_ms": round(self.cpu_ms, 1),
            "child_mib": round(self.child_mib, 1),
            "parent_mib": round(self.parent_mib, 1),
            "survived": self.survived,
            "healthy": self.healthy,
            "problems": self.problems,
        }


PARENT_MIB = 48
"""What the parent may grow by: it never unpacks a file, but holds the pixels of an answer for a
moment, which are bounded by the recipe."""
