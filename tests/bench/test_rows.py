"""The suite runs on real parts: each row at a tiny size."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.bench.figure import Figure
from scripts.bench.row import Bench
from scripts.bench.rows import ROWS
from scripts.bench.size import SHORT

TINY = replace(SHORT, rounds=1, events=200, peer_events=500)

Measure = Callable[..., tuple[Figure, ...]]


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """Figures of a row, with the sizes that are told."""

    def measured(row: str, **sizes: Any) -> tuple[Figure, ...]:
        done: list[None] = []
        found = ROWS[row](Bench(replace(TINY, **sizes), tmp_path, lambda: done.append(None)))
        figures = found if isinstance(found, tuple) else (found,)
        assert all(len(one.rounds) == len(done) == 1 for one in figures)
        return figures

    return measured


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
def test_rows_on_kafka_and_redis_run(row: str, measure: Measure) -> None:
    (one,) = measure(row)
    assert one.value > 0


@pytest.mark.kafka
@pytest.mark.timeout(900)  # with its environment, which is made on first use
@pytest.mark.parametrize("peer", ["arroyo", "faststream", "quix"])
def test_a_peer_does_the_same_job_to_its_end(peer: str, measure: Measure) -> None:
    (one,) = measure(f"peers-{peer}")  # raises if one result or one commit is missing
    assert one.value > 0
    assert "confluent-kafka" in one.versions


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
