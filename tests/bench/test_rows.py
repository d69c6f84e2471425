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

from scripts.bench import scaling
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


@pytest.mark.kafka
@pytest.mark.redis
@pytest.mark.timeout(600)
def test_workers_in_processes_of_their_own_are_measured(tmp_path: Path) -> None:
    def measured(row: str, **sizes: Any) -> tuple[Figure, ...]:
        folder = tmp_path / row
        folder.mkdir()
        found = ROWS[row](Bench(replace(TINY, **sizes), folder, lambda: None))
        return found if isinstance(found, tuple) else (found,)

    (grown,) = measured("memory", mixed_first=50, mixed_events=300)
    assert grown.rounds[0].ours > 50
    assert grown.rounds[0].reference > 50
    assert 150 < grown.rounds[0].more["contents"] < 300

    (late,) = measured("latency", paced_s=2.0)
    seen = late.rounds[0].more
    assert 250 < seen["p50_ms"] <= seen["p90_ms"] <= seen["p99_ms"] <= seen["most_ms"]
    # A full engine of 16 at once and a quarter of a second cannot do more than 64 a second.
    assert 20 < seen["capacity_per_s"] < 66

    resident, gap = measured("lag", backlog=1_000)
    assert resident.rounds[0].ours >= resident.rounds[0].reference > 50
    assert resident.rounds[0].more["events"] == 1_000
    assert 0 <= gap.rounds[0].ours < gap.rounds[0].reference


@pytest.mark.kafka
@pytest.mark.redis
@pytest.mark.timeout(600)
def test_two_workers_with_engines_to_wait_for_do_twice_as_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "WORKERS", (2,))
    monkeypatch.setattr(scaling, "WARM_S", 1.0)
    monkeypatch.setattr(scaling, "SPARE_S", 1.0)
    found = scaling.scaling(Bench(replace(TINY, window_s=5.0), tmp_path, lambda: None))
    assert [one.row for one in found] == ["scaling to 2"]
    # Within what a busy machine may do to it; one worker's work done twice would be 0.5.
    assert 0.7 < found[0].value < 1.3


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
