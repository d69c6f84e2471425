"""How many partitions a topic gets."""

from __future__ import annotations

import math

GROWTH = 2
"""Workers that the topic must have room for, over those planned: partitions can be added later, but
then keys move, and the order within a key is lost across the change."""

EVEN = 1.25
"""Most of the mean that the busiest worker may get after a failure; below, more partitions are
taken."""

MOST_PER_WORKER = 12
"""More than this for each worker makes them no more even, and each costs brokers and rebalances."""


def partitions_for(workers: int, survivors: int) -> int:
    """A multiple of the workers, so that in good times all get the same; at least ``GROWTH`` each.

    And so many that after a failure the survivors are even, too.
    """
    choices = [workers * each for each in range(GROWTH, MOST_PER_WORKER + 1)]
    for count in choices:
        if skew(count, survivors) <= EVEN:
            return count
    return min(choices, key=lambda count: skew(count, survivors))


def skew(partitions: int, workers: int) -> float:
    """Partitions of the busiest worker over the mean, shared out as evenly as can be."""
    return math.ceil(partitions / workers) * workers / partitions
