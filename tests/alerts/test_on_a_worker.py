"""Every panel and every rule, on what a real Prometheus read from a real worker."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import pytest

from scripts.dashboards.boards import BOARDS
from scripts.dashboards.render import render
from tests.alerts.conftest import Watched
from tests.alerts.rule_file import recorded, rules

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.vllm, pytest.mark.timeout(600)]

RUN_S = 30
"""Two runs of all rules, and to spare."""

INTO = os.environ.get("PICTURES_INTO")
"""Where pictures go that are to be kept."""

NOT_FED = {
    # No GPU here.
    "GPU use",
    "GPU memory",
    # Nothing of this kind happens: every commit is fine, and no alert has had its time.
    "Messaging errors a second",
    "Alerts that fire",
    # No process is lost.
    "Decode processes lost, a minute",
    "Ends of the engine",
}
DRIFT = {"Drift, image", "Drift, video", "Drift of the scores (PSI)"}
"""Shown after hundreds of scores: where pictures are made, and not in a quick run."""


def test_every_panel_finds_its_figures(watched: Watched, tmp_path: Path) -> None:
    into = Path(INTO) if INTO else tmp_path
    shown = render(watched.prometheus, watched.window, into)
    assert set(shown) == set(BOARDS)
    empty = {one.title for board in shown.values() for one in board if not one.series}
    assert empty - DRIFT == NOT_FED
    for name in BOARDS:
        width, height = struct.unpack(">II", (into / f"{name}.png").read_bytes()[16:24])
        assert width > 1000
        assert height > 500


def test_the_rules_run(watched: Watched) -> None:
    loaded = watched.prometheus.rules()
    assert len(loaded) == len(list(rules()))
    assert {rule["name"]: rule["lastError"] for rule in loaded if rule.get("lastError")} == {}
    deadline, missing = time.monotonic() + RUN_S, recorded()
    while missing and time.monotonic() < deadline:
        time.sleep(0.5)
        missing -= {name for name in missing if watched.prometheus.now(name, time.time())}
    assert missing == set()


def test_no_page_goes_out_over_a_worker_that_is_well(watched: Watched) -> None:
    firing = watched.prometheus.now(
        'ALERTS{alertstate="firing", severity="page"}', watched.window.end
    )
    assert [one.labels["alertname"] for one in firing] == []
