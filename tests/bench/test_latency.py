"""The arithmetic of latencies, and the reading of a worker's log."""

from __future__ import annotations

import json

import pytest

from scripts.bench.latency import percentile
from scripts.bench.start import engine_s
from worker.app.vitals import Phase


@pytest.mark.parametrize(
    ("share", "expected"), [(50, 50.0), (90, 90.0), (99, 99.0), (100, 100.0), (1, 1.0), (0.1, 1.0)]
)
def test_a_percentile_is_the_least_value_with_so_many_at_or_below(
    share: float, expected: float
) -> None:
    assert percentile([float(number) for number in range(1, 101)], share) == expected


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 99) == 7.0


def test_the_engines_part_of_a_start_is_read_from_the_log() -> None:
    lines = [
        "vLLM says something",
        '{"not": "closed"',
        json.dumps({"event": "loading_model", "timestamp": "2026-01-01T00:00:01.250Z"}),
        json.dumps({"event": "phase", "phase": "ready", "timestamp": "2026-01-01T00:00:02Z"}),
        json.dumps(
            {
                "event": "phase",
                "phase": Phase.JOINING.value,
                "timestamp": "2026-01-01T00:00:04.500Z",
            }
        ),
    ]
    assert engine_s("\n".join(lines)) == pytest.approx(3.25)
