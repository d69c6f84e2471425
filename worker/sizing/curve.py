"""How fast an engine answers, by how much is in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """Answers a second with ``n`` questions in the engine.

    Between two measured points a straight line, from nothing to the first one too. Behind the last
    one it stays as it is: what was not measured is not hoped for.
    """

    points: tuple[tuple[int, float], ...]
    """Concurrency and answers a second, by rising concurrency."""

    def rate(self, n: float) -> float:
        """Answers a second with ``n`` questions in the engine."""
        points = self.points
        if n <= points[0][0]:
            return points[0][1] * n / points[0][0]
        if n >= points[-1][0]:
            return points[-1][1]
        place = bisect_left([at for at, _ in points], n)
        (low, slow), (high, fast) = points[place - 1], points[place]
        return slow + (fast - slow) * (n - low) / (high - low)

    def rates(self, limit: int) -> tuple[float, ...]:
        """The rates with 1, 2 ... ``limit`` questions."""
        return tuple(self.rate(n) for n in range(1, limit + 1))


def blend(parts: Sequence[tuple[float, Curve]]) -> Curve:
    """The curve of a mix: ``parts`` are questions of a kind for each upload, and their curve.

    Seconds add up, so rates do by their harmonic mean. The result is in uploads a second.
    """
    taken = [(share, curve) for share, curve in parts if share > 0]
    return Curve(
        tuple(
            (n, 1 / sum(share / curve.rate(n) for share, curve in taken))
            for n in _concurrencies(curve for _, curve in taken)
        )
    )


def _concurrencies(curves: Iterable[Curve]) -> list[int]:
    return sorted({at for curve in curves for at, _ in curve.points})
