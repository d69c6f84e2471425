"""The arithmetic of a figure, and its line of the table."""

from __future__ import annotations

import pytest
from rich.console import Console

from scripts.bench.figure import Compared, Figure, Round, written
from scripts.bench.table import table


def figure(
    *rounds: tuple[float, float],
    aim: float = 1.0,
    at_most: bool = False,
    compared: Compared = Compared.RATIO,
    unit: str = "/s",
) -> Figure:
    made = tuple(Round(ours, reference) for ours, reference in rounds)
    return Figure("row", "ours", "theirs", unit, made, aim, at_most, compared)


def shown(one: Figure) -> list[str]:
    """The cells of its line."""
    console = Console(width=200, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(table([one]))
    line = next(line for line in captured.get().splitlines() if "│ row " in line)
    return [cell.strip() for cell in line.strip("│ ").split("│")]


def test_the_ratio_is_of_each_round_and_the_median_of_these() -> None:
    one = figure((10, 10), (30, 10), (4, 2))
    assert list(one.values) == [1, 3, 2]
    assert one.value == 2
    # The ratio of the medians would be 1: rounds of different speed would be mixed.
    assert one.as_json()["ratio"] == {"median": 2, "least": 1, "most": 3}


def test_a_difference_is_of_each_round_too_and_keeps_its_unit() -> None:
    one = figure(
        (110, 100), (130, 100), (102, 100),
        aim=15, at_most=True, compared=Compared.DIFFERENCE, unit="ms",
    )  # fmt: skip
    assert list(one.values) == [10, 30, 2]
    assert one.holds
    assert one.as_json()["difference"] == {"median": 10, "least": 2, "most": 30}
    assert "ratio" not in one.as_json()
    assert shown(one)[1:7] == ["110 ms", "100 ms", "10 ms", "2 ms", "30 ms", "<= 15 ms"]


@pytest.mark.parametrize(
    ("ratio", "at_most", "holds"), [(0.9, False, False), (1.0, False, True), (1.1, True, False)]
)
def test_an_aim_may_be_an_upper_bound(ratio: float, at_most: bool, holds: bool) -> None:
    one = figure((ratio, 1), at_most=at_most)
    assert one.holds is holds
    assert one.aimed == ("<= 1" if at_most else ">= 1")


def test_the_table_shows_median_least_and_most() -> None:
    assert shown(figure((10, 10), (30, 10), (4, 2)))[1:] == [
        *("10 /s", "10 /s", "2", "1", "3", ">= 1", "✓"),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.06381, "0.0638"), (15, "15"), (999.4, "999"), (1160.4, "1,160"), (-45_090, "-45,090")],
)
def test_figures_are_written_without_exponents(value: float, text: str) -> None:
    assert written(value) == text


def test_what_else_a_round_saw_is_kept_with_it() -> None:
    one = Figure("row", "ours", "theirs", "ms", (Round(2, 1, {"p50_ms": 0.5}),), 1.0)
    assert one.as_json()["rounds"] == [{"ours": 2, "reference": 1, "p50_ms": 0.5}]
