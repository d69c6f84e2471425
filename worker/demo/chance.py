"""Whether a model that errs has learnt anything."""

from __future__ import annotations

from worker.shadow.matrix import wilson


def better_than_chance(right: int, of: int) -> bool:
    """Whether the interval of 95 % (Wilson, 1927) of the share lies above one half, a coin's."""
    low, _ = wilson(right, of)
    return low is not None and low > 0.5
