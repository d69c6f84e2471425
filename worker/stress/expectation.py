"""What a person expects of a run: it sets the exit code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from worker.stress.figures import Figures, is_count, is_known

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}

FORM = re.compile(
    r"\s*([a-z0-9_]+(?:\.[a-z0-9_]+)*)\s*(<=|>=|==|<|>)\s*([0-9]+(?:\.[0-9]+)?)\s*(%|ms|s)?\s*"
)

USUAL = ("lost==0", "refused==0", "wrong==0", "contradicting==0")
"""Where a person names none: what may not be, however slow a deployment is."""


class ExpectationInvalid(ValueError):
    """The text is none; it says what would be one."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A figure and its bound."""

    text: str
    figure: str
    compare: str
    bound: float
    """In the figure's own unit; a share, 1 being all, where ``is_share``."""
    is_share: bool = False
    """Of what was sent."""

    @classmethod
    def parse(cls, text: str) -> Expectation:
        """Such as ``p99_ms<=5000``, ``p99_ms<=5s`` or ``dead_letters<=0.1%``.

        Raises ``ExpectationInvalid``.
        """
        found = FORM.fullmatch(text)
        if found is None:
            raise ExpectationInvalid(
                f"{text!r} is no expectation such as p99_ms<=5000, lost==0 or dead_letters<=0.1%"
            )
        name, compare, number, unit = found.groups()
        if not is_known(name):
            raise ExpectationInvalid(
                f"{text!r}: there is no figure {name!r}; there are p50_ms, p99_ms, lost,"
                " dead_letters, answered_per_s and others (docs/stress.md)"
            )
        if unit == "%" and not is_count(name):
            raise ExpectationInvalid(f"{text!r}: {name} does not count uploads, so % has no sense")
        if unit in {"ms", "s"} and not name.endswith("_ms"):
            raise ExpectationInvalid(f"{text!r}: {name} is no time")
        scale = {"%": 0.01, "s": 1000.0}.get(unit, 1.0)
        return cls(text.strip(), name, compare, float(number) * scale, unit == "%")

    def check(self, figures: Figures) -> Checked:
        """Whether it holds. What is not known does not."""
        value = figures.get(self.figure)
        if value is not None and self.is_share:
            sent = figures["sent"]
            value = value / sent if sent else None
        holds = value is not None and OPERATORS[self.compare](value, self.bound)
        return Checked(self, value, holds)


@dataclass(frozen=True, slots=True)
class Checked:
    """An expectation, and what was seen."""

    expectation: Expectation
    value: float | None
    holds: bool

    @property
    def seen(self) -> str:
        """The value, for a person."""
        if self.value is None:
            return "not known"
        return f"{self.value:.3%}" if self.expectation.is_share else f"{self.value:,.6g}"
