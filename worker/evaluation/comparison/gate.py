"""Whether a run is good enough to take the place of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from worker.evaluation.comparison.differences import METRICS, Differences


class GateInvalid(Exception):
    """Not a condition; the text says what one looks like."""


class Gate(BaseModel):
    """A metric, and by how much it may be worse."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str
    margin: float = Field(ge=0, le=1)

    @classmethod
    def read(cls, written: str) -> Self:
        """``accuracy:0.01``. Raises ``GateInvalid``."""
        metric, _, margin = written.partition(":")
        if metric not in METRICS:
            raise GateInvalid(f"{metric!r} is none of {', '.join(METRICS)}")
        try:
            return cls(metric=metric, margin=float(margin))
        except ValueError as error:
            raise GateInvalid(
                f"{written!r} is no condition: accuracy:0.01 is one, with a margin from 0 to 1"
            ) from error


class Passing(BaseModel):
    """What came of a condition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gate: Gate
    passed: bool
    because: str


def judge(gates: Sequence[Gate], found: Differences, *, surely: bool) -> list[Passing]:
    """By the difference itself; ``surely`` by the lower end of its interval.

    What cannot be told does not pass.
    """
    return [_judged(gate, found, surely=surely) for gate in gates]


def _judged(gate: Gate, found: Differences, *, surely: bool) -> Passing:
    difference = found.named(gate.metric).difference
    held = difference.low if surely else difference.value
    if held is None:
        return Passing(
            gate=gate, passed=False, because=f"{gate.metric} cannot be told: {difference.note}"
        )
    passed = held >= -gate.margin
    what = "the lower end of its interval" if surely else "the difference"
    return Passing(
        gate=gate,
        passed=passed,
        because=f"{gate.metric}: {what} is {held:+.4f}, and {-gate.margin:+.4f} is allowed",
    )
