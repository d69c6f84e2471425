"""A row of numbers in one line."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"

WIDTH = 60
"""Characters at most: more seconds than that share one."""


def sparkline(values: Sequence[float], *, highest: float, width: int = WIDTH) -> str:
    """Each bar is the mean of equally many values; a full one is ``highest``, an empty one none."""
    each = max(1, -(-len(values) // width))
    means = [
        sum(values[at : at + each]) / len(values[at : at + each])
        for at in range(0, len(values), each)
    ]
    return "".join(_bar(mean, highest) for mean in means)


def _bar(value: float, highest: float) -> str:
    if value <= 0 or highest <= 0:
        return " "
    return BLOCKS[min(len(BLOCKS) - 1, int(value / highest * len(BLOCKS)))]
