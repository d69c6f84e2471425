"""Latencies by the thousand or the million, in a few kilobytes."""

from __future__ import annotations

import math

import numpy as np

RELATIVE_ERROR = 0.005
"""A quantile is at most this part of itself away from the true one."""

LEAST, MOST = 1e-6, 86_400.0
"""A microsecond to a day, in seconds: what is beyond is counted at the end."""

GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
"""From one bound of a bucket to the next: buckets of this ratio, told by their harmonic middle,
keep the error (Masson, Rim and Lee, DDSketch, VLDB 2019, 2.1). HdrHistogram does the like."""

LOG_GAMMA = math.log(GAMMA)

BUCKETS = math.ceil(math.log(MOST / LEAST) / LOG_GAMMA) + 1


class Histogram:
    """Durations in seconds. Its size does not depend on how many there are."""

    def __init__(self) -> None:
        self._counts = np.zeros(BUCKETS, dtype=np.int64)
        self._sum = 0.0
        self.count = 0
        self.largest = 0.0
        """Exactly; 0 where there is none."""

    def add(self, seconds: float) -> None:
        """One more."""
        self._counts[_bucket(seconds)] += 1
        self._sum += seconds
        self.count += 1
        self.largest = max(self.largest, seconds)

    @property
    def mean(self) -> float | None:
        """Exactly; None where there is none."""
        return self._sum / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """The least duration that ``share`` of all do not exceed; None where there is none."""
        if not self.count:
            return None
        rank = max(1, math.ceil(share * self.count))
        if rank == self.count:
            return self.largest
        place = int(np.searchsorted(np.cumsum(self._counts), rank))
        return min(self.largest, 2 * LEAST * GAMMA**place / (GAMMA + 1))


def _bucket(seconds: float) -> int:
    if seconds <= LEAST:
        return 0
    return min(BUCKETS - 1, math.ceil(math.log(seconds / LEAST) / LOG_GAMMA))
