"""Waiting in closed form.

Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges" (1917), for ``erlang_c``. A. O. Allen, "Probability, Statistics, and
Queueing Theory" (1990), 5.3.2, for the approximation of Allen and Cunneen. K. M. Chandy, U. Herzog,
L. Woo, "Parametric analysis of queuing networks" (IBM J. Res. Dev. 19, 1975) for the server whose
rate depends on how much is in it, and L. Kleinrock, "Queueing Systems" I (1975), 3.1 for its
solution as a birth-death process. J. D. C. Little, Operations Research 9 (1961), for L = lambda W.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist


class Overloaded(Exception):
    """More arrives than can be served: the queue has no bound."""


def erlang_c(servers: int, offered: float) -> float:
    """The probability to wait in an M/M/c queue. ``offered`` is arrival rate times service time.

    By the recursion for Erlang's B, which does not overflow. Raises ``Overloaded``.
    """
    if offered >= servers:
        raise Overloaded
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


@dataclass(frozen=True, slots=True)
class Waiting:
    """The wait in a queue: nothing with some probability, else exponential."""

    probability: float
    """Of having to wait at all."""
    spare: float
    """Rate at which a queue shrinks, in items a second: capacity less arrivals."""
    variability: float = 1.0
    """The factor of Allen and Cunneen, (Ca^2 + Cs^2) / 2: 1 for M/M, a half for M/D."""

    @property
    def mean_s(self) -> float:
        """Mean over all, those that do not wait included."""
        return self.probability * self.variability / self.spare

    def quantile_s(self, share: float) -> float:
        """Seconds that ``share`` of all wait at most."""
        if self.probability <= 1 - share:
            return 0.0
        return math.log(self.probability / (1 - share)) * self.variability / self.spare


def many_servers(arrivals: float, service_s: float, servers: int, scv: float = 1.0) -> Waiting:
    """M/G/c by Allen and Cunneen: that of M/M/c times (1 + ``scv``) / 2. Raises ``Overloaded``."""
    probability = erlang_c(servers, arrivals * service_s)
    return Waiting(probability, servers / service_s - arrivals, (1 + scv) / 2)


@dataclass(frozen=True, slots=True)
class BatchServer:
    """A queue before a server that works on up to ``len(rates)`` at once, faster with more.

    The number inside is a birth-death process with the birth rate ``arrivals`` and the death rate
    ``rates[n - 1]``; above the limit the rate stays and the rest waits. With ``rates`` of n / s it
    is M/M/c, and ``waiting.probability`` is Erlang's C.
    """

    arrivals: float
    shares: tuple[float, ...]
    """Probabilities of 0, 1 ... limit - 1 inside."""
    waiting: Waiting
    in_system: float
    """Mean number inside and waiting."""

    @property
    def mean_s(self) -> float:
        """Mean seconds from arrival to answer, by Little's law."""
        return self.in_system / self.arrivals

    def inside(self, share: float) -> int:
        """How many are worked on at most, ``share`` of the time; the limit counts as such."""
        total = 0.0
        for count, probability in enumerate(self.shares):
            total += probability
            if total >= share:
                return count
        return len(self.shares)


def batch_server(arrivals: float, rates: Sequence[float], scv: float = 1.0) -> BatchServer:
    """Solve it. ``scv`` is of the work in one item. Raises ``Overloaded``."""
    capacity, limit = rates[-1], len(rates)
    if arrivals >= capacity:
        raise Overloaded
    weights = [1.0]
    for rate in rates:
        weights.append(weights[-1] * arrivals / rate)
        if weights[-1] > 1e200:  # far below the largest float, and far above what is left out
            weights = [weight / 1e200 for weight in weights]
    load = arrivals / capacity
    tail = weights[-1] / (1 - load)
    total = sum(weights[:-1]) + tail
    shares = tuple(weight / total for weight in weights[:-1])
    waiting = Waiting(tail / total, capacity - arrivals, (1 + scv) / 2)
    inside = sum(n * share for n, share in enumerate(shares)) + limit * waiting.probability
    return BatchServer(arrivals, shares, waiting, inside + arrivals * waiting.mean_s)


def after_burst(
    arrivals: float, rates: Sequence[float], seconds: float, inside: float, scv: float, share: float
) -> float:
    """How many are in the system at most, ``share`` of the times, at the end of a burst.

    A fluid that begins with ``inside`` and rises by the difference of the rates, and chance on top
    by the diffusion approximation (Kleinrock, "Queueing Systems" II, 1976, 2.8) with the reflection
    principle.
    """
    level, step = inside, seconds / FLUID_STEPS
    for _ in range(FLUID_STEPS):
        served = rates[min(len(rates), max(1, round(level))) - 1]
        level = max(0.0, level + (arrivals - served) * step)
    spread = math.sqrt((arrivals + rates[-1] * scv) * seconds)
    beyond = NormalDist().inv_cdf(1 - (1 - share) / 2)
    return level + beyond * spread


FLUID_STEPS = 300
"""Enough that the error is far below that of the approximation itself."""


def drain_seconds(arrivals: float, rates: Sequence[float], level: float, target: float) -> float:
    """Seconds in which a fluid of ``level`` in the system falls to ``target``.

    Slower towards the end, as an engine is that has less in it; infinite if it does not get there.
    """
    seconds, step = 0.0, max(level, 1.0) / rates[-1] / FLUID_STEPS
    while level > target:
        falls = rates[min(len(rates), max(1, round(level))) - 1] - arrivals
        if falls <= 0 or seconds > MOST_DRAIN_S:
            return math.inf
        level, seconds = level - falls * step, seconds + step
    return seconds


MOST_DRAIN_S = 7 * 86_400
"""A week to catch up is never."""
