"""What came of a scenario: a row of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.faults.checker import Report


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario in one form."""

    number: int
    name: str
    form: str
    events: int
    lost: int
    """Events with no outcome."""
    duplicated: int
    """Outcomes beyond one for each event, as readers of the topics see them."""
    recovery_s: float | None
    """The longest silence after a fault, the worst of all faults."""
    story: str
    """What happened."""
    problems: tuple[str, ...] = ()
    """What should not have been."""
    seconds: float = 0.0

    @classmethod
    def of(
        cls,
        number: int,
        name: str,
        form: str,
        report: Report,
        *,
        recovery_s: float | None,
        story: str,
        problems: Sequence[str] = (),
    ) -> Result:
        """From what the topics say, and what else the scenario found."""
        return cls(
            number,
            name,
            form,
            report.events,
            report.lost,
            report.duplicated,
            recovery_s,
            story,
            (*report.problems, *problems),
        )

    @property
    def good(self) -> bool:
        """Whether everything is as promised."""
        return not self.lost and not self.problems

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return {**asdict(self), "good": self.good}
