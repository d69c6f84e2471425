"""When each upload is to be sent: fixed beforehand, whatever the answers do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

CHUNK = 8_192
"""Arrivals drawn at once: a run of millions is never held as a whole."""

ARRIVALS_STREAM = 1
"""Which of a seed's streams of random numbers is theirs."""


class Arrivals(StrEnum):
    """How uploads are spread over time."""

    POISSON = "poisson"
    """As uploads of people who know nothing of each other come: now two at once, now none."""
    EVEN = "even"


@dataclass(frozen=True, slots=True)
class Schedule:
    """An open loop: rises to ``rate`` a second within ``ramp_s``, and stays there.

    Times are those of a process of rate 1, moved by the inverse of the expected number of arrivals
    (a Poisson process of varying rate by its time change; Cinlar, Introduction to Stochastic
    Processes, 1975, 4.7). The same seed gives the same times.
    """

    rate: float
    """Uploads a second."""
    duration_s: float
    ramp_s: float = 0.0
    """Part of the duration in which the rate rises from 0, in a straight line."""
    arrivals: Arrivals = Arrivals.POISSON
    seed: int = 0

    @property
    def expected(self) -> float:
        """Uploads in all, on average."""
        return self.rate * (self.duration_s - self.ramp_s / 2)

    def times(self) -> Iterator[float]:
        """Seconds from the start, rising."""
        rng = np.random.default_rng([self.seed, ARRIVALS_STREAM])
        passed = 0.0
        while True:
            gaps = np.ones(CHUNK) if self.arrivals is Arrivals.EVEN else rng.exponential(size=CHUNK)
            # An even stream begins half a gap in, as it ends half a gap before the end.
            first = 0.5 if self.arrivals is Arrivals.EVEN and passed == 0 else 0.0
            steps = passed + np.cumsum(gaps) - (1 - first if first else 0.0)
            passed = float(steps[-1])
            for time in self._moved(steps):
                if time >= self.duration_s:
                    return
                yield float(time)

    def _moved(self, steps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Where the expected number of arrivals is ``steps``."""
        in_ramp = self.rate * self.ramp_s / 2
        after = self.ramp_s / 2 + steps / self.rate
        if not in_ramp:
            return after
        within = np.sqrt(2 * self.ramp_s * steps / self.rate)
        return np.where(steps < in_ramp, within, after)

    def count(self) -> int:
        """Uploads in all, exactly: as many as ``times()`` gives."""
        return sum(1 for _ in self.times())

    @property
    def about(self) -> str:
        """The number in all, for a person who is asked."""
        return f"about {math.ceil(self.expected):,}"
