"""Which figures a run warns of."""

from __future__ import annotations

import pytest

from scripts.bench.figure import Figure, Round
from scripts.bench.guards import below


def figure(value: float, *, at_most: bool = False) -> Figure:
    return Figure("row", "ours", "theirs", "/s", (Round(value, 1),), 1.0, at_most)


@pytest.mark.parametrize(
    ("value", "at_most", "told"),
    [
        (0.4, False, ["row: 0.4 is below its guard, 0.5"]),
        (0.5, False, []),
        (0.6, True, ["row: 0.6 is above its guard, 0.5"]),
        (0.5, True, []),
    ],
)
def test_only_a_figure_worse_than_its_guard_is_told(
    value: float, at_most: bool, told: list[str]
) -> None:
    assert list(below([figure(value, at_most=at_most)], {"row": 0.5})) == told


def test_a_figure_without_a_guard_is_not_told() -> None:
    assert list(below([figure(0.0)], {})) == []
