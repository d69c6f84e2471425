"""The dashboards' files: written by the code, of metrics that there are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from scripts.dashboards.__main__ import FOLDER
from scripts.dashboards.board import COLUMNS, Board, Panel
from scripts.dashboards.boards import BOARDS, LEFT_OUT
from scripts.dashboards.prometheus import ROOT
from scripts.dashboards.promql import asked
from tests.alerts.known_series import OURS, faults
from tests.alerts.rule_file import RUNBOOKS
from worker.telemetry.metric_table import TABLE

PANELS = [(board, panel) for board in BOARDS.values() for panel in board.panels]
FILES = sorted(FOLDER.glob("*.json"))
each_file = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])


def test_the_files_are_as_the_code_writes_them() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "scripts.dashboards", "--check"],
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
    )
    assert checked.returncode == 0, checked.stdout
    assert {file.stem for file in FILES} == set(BOARDS)


def test_every_metric_is_shown_or_left_out_by_intent() -> None:
    shown = {
        OURS[one.metric]
        for _, panel in PANELS
        for query in panel.queries
        for one in asked(query.expr).selectors
        if one.metric in OURS
    }
    assert set(TABLE) - shown == set(LEFT_OUT)


@pytest.mark.parametrize(
    ("board", "panel"), PANELS, ids=[f"{board.uid}: {panel.title}" for board, panel in PANELS]
)
def test_a_panel_asks_for_what_there_is_and_tells_of_it(board: Board, panel: Panel) -> None:
    asks = [one for query in panel.queries for one in asked(query.expr).selectors]
    assert [fault for one in asks for fault in faults(_without_variables(one))] == []
    # Its description is made from these.
    assert {OURS[one.metric] for one in asks if one.metric in OURS} >= set(panel.metrics)
    assert panel.description
    assert all((RUNBOOKS / f"{alert}.md").exists() for alert in panel.alerts)


@each_file
def test_grafanas_own_types_read_it_whole(file: Path) -> None:
    board = _board(file)
    again = Dashboard.from_json(board)
    assert json.loads(JSONEncoder().encode(again)) == board


@each_file
def test_the_grid_has_no_overlap(file: Path) -> None:
    places = [panel["gridPos"] for panel in _board(file)["panels"]]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@each_file
def test_every_variable_that_is_used_is_there(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    there = {variable["name"] for variable in _board(file)["templating"]["list"]}
    used = {name for name in re.findall(r"\$\{?([a-z_]+)", text) if not name.startswith("__")}
    assert used <= there
    assert there >= {"datasource", "cluster", "namespace", "pod"}
    ids = [panel["id"] for panel in _board(file)["panels"]]
    assert len(ids) == len(set(ids))


def _board(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _without_variables(selector: Any) -> Any:
    kept = tuple(one for one in selector.matchers if not one.value.startswith("$"))
    return type(selector)(selector.metric, kept)
