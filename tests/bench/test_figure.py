"""The arithmetic of the table, and that the suite runs on real parts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from scripts.bench.figure import Figure, Round
from scripts.bench.rows import ROWS
from scripts.bench.table import table


def figure(*rounds: tuple[float, float], aim: float = 1.0, at_most: bool = False) -> Figure:
    made = tuple(Round(ours, reference) for ours, reference in rounds)
    return Figure("row", "ours", "theirs", "/s", made, aim, at_most)


def test_the_ratio_is_of_each_round_and_the_median_of_these() -> None:
    one = figure((10, 10), (30, 10), (4, 2))
    assert list(one.ratios) == [1, 3, 2]
    assert one.ratio == 2
    # The ratio of the medians would be 1: rounds of different speed would be mixed.
    assert one.as_json()["ratio"] == {"median": 2, "least": 1, "most": 3}


@pytest.mark.parametrize(
    ("ratio", "at_most", "holds"), [(0.9, False, False), (1.0, False, True), (1.1, True, False)]
)
def test_an_aim_may_be_an_upper_bound(ratio: float, at_most: bool, holds: bool) -> None:
    one = figure((ratio, 1), at_most=at_most)
    assert one.holds is holds
    assert one.aimed == ("<= 1" if at_most else ">= 1")


def test_the_table_shows_median_least_and_most() -> None:
    console = Console(width=200, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(table([figure((10, 10), (30, 10), (4, 2))]))
    line = next(line for line in captured.get().splitlines() if "row " in line and "2.00" in line)
    assert "1.00" in line
    assert "3.00" in line


@pytest.mark.timeout(600)
def test_rounds_are_kept_with_what_they_were_taken_on(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "scripts.bench", "decode-image"),
            *("--short", "--rounds", "2", "--json", str(file)),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    document = json.loads(file.read_text(encoding="utf-8"))
    (row,) = document["figures"]
    assert row["row"] == "decode image"
    assert len(row["rounds"]) == 2
    assert all(one["ours"] > 0 and one["reference"] > 0 for one in row["rounds"])
    assert document["machine"]["packages"]["pillow"]


@pytest.mark.kafka
@pytest.mark.redis
@pytest.mark.timeout(600)
@pytest.mark.parametrize("row", ["plumbing", "cached"])
def test_rows_on_kafka_and_redis_run(row: str, tmp_path: Path) -> None:
    from dataclasses import replace

    from scripts.bench.row import Bench
    from scripts.bench.size import SHORT

    done: list[None] = []
    small = replace(SHORT, rounds=1, events=200)
    found = ROWS[row](Bench(small, tmp_path, lambda: done.append(None)))
    assert len(found.rounds) == len(done) == 1
    assert found.ratio > 0


def test_an_unknown_row_names_those_there_are() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.bench", "decode-images"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2
    assert "decode-image" in ended.stderr
