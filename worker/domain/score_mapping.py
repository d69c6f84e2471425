"""Mappings from a raw score to a calibrated one, of three families."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

EPSILON = 1e-6
"""Scores are held this far from 0 and 1, both before their logit is taken and after a mapping.

Bfloat16 logits saturate: between 16 and 32 they come in steps of 0.125, and beside the likelier
label the other one rounds away. Raw scores of exactly 0 and 1 do occur, and their logits are
infinite. What lies beyond one in a million is rounding, and no labelled set is large enough to
vouch for it.
"""


def logit(probability: float) -> float:
    """The natural logarithm of the odds, finite also at 0 and 1: see ``EPSILON``."""
    held = _held(probability)
    return math.log(held) - math.log1p(-held)


def _sigmoid(z: float) -> float:
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    odds = math.exp(z)
    return odds / (1 + odds)


def _held(probability: float) -> float:
    return min(max(probability, EPSILON), 1 - EPSILON)


class Method(StrEnum):
    """The family of a mapping."""

    TEMPERATURE = "temperature"
    PLATT = "platt"
    ISOTONIC = "isotonic"


class ScoreMapping(BaseModel, ABC):
    """A function from raw scores to calibrated ones that never decreases: the order is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @abstractmethod
    def _of(self, raw: float) -> float:
        """The calibrated score, not yet held off 0 and 1."""

    def apply(self, raw: float) -> float:
        """The calibrated score of a raw one, in [EPSILON, 1 - EPSILON].

        Raises ``ValueError`` for what is no probability.
        """
        if not 0 <= raw <= 1:
            raise ValueError(f"a raw score lies in [0, 1], and {raw} does not")
        return _held(self._of(raw))


class Temperature(ScoreMapping):
    """``sigmoid(logit(raw) / T)``: one number, and 0.5 stays 0.5 (Guo et al., 2017)."""

    method: Literal[Method.TEMPERATURE] = Method.TEMPERATURE
    temperature: float = Field(gt=0, description="T; above 1 the raw score was over-confident.")

    def _of(self, raw: float) -> float:
        return _sigmoid(logit(raw) / self.temperature)


class Platt(ScoreMapping):
    """``sigmoid(a * logit(raw) + b)`` (Platt, 1999): takes out a lean to one side, too."""

    method: Literal[Method.PLATT] = Method.PLATT
    a: float = Field(gt=0, description="Slope; below 1 the raw score was over-confident.")
    b: float = Field(description="Intercept; it carries the labelled set's share of fakes.")

    def _of(self, raw: float) -> float:
        return _sigmoid(self.a * logit(raw) + self.b)


class Isotonic(ScoreMapping):
    """Knots with straight lines between them, and level beyond them (Zadrozny & Elkan, 2002)."""

    method: Literal[Method.ISOTONIC] = Method.ISOTONIC
    x: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(
        min_length=1, max_length=10_000, description="Raw scores, increasing."
    )
    y: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(
        min_length=1, max_length=10_000, description="Calibrated scores, not decreasing."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError("x and y must have as many knots each")
        if any(one >= other for one, other in pairwise(self.x)):
            raise ValueError("x must increase")
        if any(one > other for one, other in pairwise(self.y)):
            raise ValueError("y must not decrease")
        return self

    def _of(self, raw: float) -> float:
        after = bisect_right(self.x, raw)
        if after == 0:
            return self.y[0]
        if after == len(self.x):
            return self.y[-1]
        (x0, x1), (y0, y1) = self.x[after - 1 : after + 1], self.y[after - 1 : after + 1]
        # Rounding must not carry it past its own knots, or the order would be lost there.
        return min(max(y0 + (y1 - y0) * (raw - x0) / (x1 - x0), y0), y1)


AnyMapping = Annotated[Temperature | Platt | Isotonic, Field(discriminator="method")]
"""Any of the three, told apart by its ``method``."""
