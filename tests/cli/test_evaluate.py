"""`ivy-worker eval`, as a person types it; the engine of `eval run` is the twin of the real one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.evaluation.made import rooms
from tests.support.media import image_file
from tests.twins.detector import FakeDetector
from worker.cli import evaluate_run
from worker.cli.main import app
from worker.domain.failure import Reason, Transient
from worker.domain.generation import Generation
from worker.evaluation.journal import read_outcomes
from worker.models.spec import load_spec
from worker.scoring.rooms import ScoringRooms
from worker.settings.settings import Settings

COUNT = 12


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> FakeDetector:
    twin = FakeDetector(load_spec("tiny"))

    @asynccontextmanager
    async def open_twin(_: Settings) -> AsyncIterator[ScoringRooms]:
        yield rooms(twin)

    monkeypatch.setattr(evaluate_run, "open_scoring_rooms", open_twin)
    return twin


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    for number in range(COUNT):
        place = folder / ("fake" if number % 2 else "real") / ("Gen" if number % 2 else "camera")
        place.mkdir(parents=True, exist_ok=True)
        tint = -0.8 if number % 2 and number != 1 else 0.8
        (place / f"{number:02d}.png").write_bytes(image_file(tint, seed=number))
    return folder


def ivy(*arguments: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(
        app, [str(argument) for argument in ("eval", *arguments)]
    )


@pytest.fixture
def run(tmp_path: Path, media: Path, detector: FakeDetector) -> Path:
    to = tmp_path / "run"
    ended = ivy("run", media, "--to", to, "--set", "model.spec=tiny")
    assert ended.exit_code == 0, ended.output
    return to


@pytest.mark.parametrize(
    "command", ["run", "fit", "merge", "judge", "similarity", "report", "compare"]
)
def test_help_has_an_example(command: str) -> None:
    ended = ivy(command, "--help")
    assert ended.exit_code == 0
    assert f"ivy-worker eval {command}" in ended.output.split("Examples")[1]


def test_a_run_is_gone_on_with_and_another_set_refused(
    tmp_path: Path, media: Path, detector: FakeDetector
) -> None:
    to = tmp_path / "run"
    detector.fail_next = [Transient(Reason.ENGINE_FAILED, "a hiccup")] * 9
    asked = ("run", media, "--to", to, "--set", "model.spec=tiny")
    ended = ivy(*asked)
    assert ended.exit_code == 1
    assert "engine_failed (" in ended.output
    assert "asks about them again" in ended.output
    before = detector.asked
    ended = ivy(*asked)
    assert ended.exit_code == 0, ended.output
    assert "answers are there already" in ended.output
    assert f"ivy-worker eval report {to}" in ended.output
    assert detector.asked > before
    assert len(list(read_outcomes(to))) == COUNT
    asked_by_now = detector.asked
    assert ivy(*asked).exit_code == 0
    assert detector.asked == asked_by_now
    ended = ivy(*asked, "--limit", "4")
    assert ended.exit_code == 2
    assert "was begun with the set" in ended.output
    ended = ivy("run", media, "--to", tmp_path / "x", "--split", "test")
    assert (ended.exit_code, "its splits are: none" in ended.output) == (2, True)
    ended = ivy("run", media, "--to", tmp_path / "x", "--shard", "9/8")
    assert ended.exit_code == 2
    assert "second of eight" in ended.output


def test_shards_are_asked_and_merged(tmp_path: Path, media: Path, detector: FakeDetector) -> None:
    for number in (1, 2):
        ended = ivy("run", media, "--to", tmp_path / f"r.{number}", "--shard", f"{number}/2")
        assert ended.exit_code == 0, ended.output
    parts = (tmp_path / "r.1", tmp_path / "r.2")
    ended = ivy("merge", parts[0], "--to", tmp_path / "r")
    assert ended.exit_code == 2
    assert "missing: 2" in ended.output
    ended = ivy("merge", *parts, "--to", tmp_path / "r")
    assert ended.exit_code == 0, ended.output
    assert f"{COUNT} outcomes" in ended.output


def test_ctrl_c_keeps_what_there_is_and_the_same_command_goes_on(
    tmp_path: Path, media: Path, detector: FakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = detector.generate

    async def interrupted(*given: Any, **named: Any) -> Generation:
        if detector.asked == 5:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)
        return await generate(*given, **named)

    to = tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr(detector, "generate", interrupted)
        patched.setattr(evaluate_run, "questions_at_once", lambda _: 1)
        ended = ivy("run", media, "--to", to)
    assert ended.exit_code == 130
    assert f"The same command goes on with {to}" in ended.output
    assert len(list(read_outcomes(to))) == 5
    assert ivy("run", media, "--to", to).exit_code == 0
    assert detector.asked == COUNT
    assert len({one.path for one in read_outcomes(to)}) == COUNT


def test_a_report_in_all_forms(tmp_path: Path, run: Path) -> None:
    html, markdown = tmp_path / "a.html", tmp_path / "a.md"
    ended = ivy(
        *("report", run, "--html", html, "--markdown", markdown, "--json"),
        *("--resamples", "100", "--gpu-hour-price", "2", "--table", "chameleon"),
    )
    assert ended.exit_code == 0, ended.output
    found = json.loads(ended.stdout)
    (section,) = found["sections"]
    assert section["overall"]["confusion"]["fake"] == {"real": 1, "fake": 5, "nothing": 0}
    assert section["papers"][0]["name"] == "chameleon"
    assert found["cost"]["price"] is not None
    assert "01.png" in html.read_text()
    assert "data:image/jpeg" in html.read_text()
    assert "Chameleon" in markdown.read_text()
    ended = ivy("report", run, "--resamples", "100")
    assert "accuracy, failures as errors" in ended.output.replace("\n", " ")
    ended = ivy("report", run, "--table", "imagenet")
    assert (ended.exit_code, "none of ivy-fake" in ended.output) == (2, True)
    ended = ivy("report", tmp_path)
    assert (ended.exit_code, "is no run" in ended.output) == (2, True)


def test_a_comparison_and_its_gate(
    tmp_path: Path, media: Path, run: Path, detector: FakeDetector
) -> None:
    worse = tmp_path / "worse"
    ended = ivy("run", media, "--to", worse, "--form", "verdict_first")
    assert ended.exit_code == 0, ended.output
    file = worse / "outcomes.jsonl"
    file.write_text(file.read_text().replace('"conclusion":"fake"', '"conclusion":"real"'))
    html, markdown = tmp_path / "c.html", tmp_path / "c.md"
    ended = ivy("compare", run, worse, "--html", html, "--markdown", markdown, "--resamples", "100")
    assert ended.exit_code == 0, ended.output
    assert "McNemar" in ended.output
    assert "verdict_first" in html.read_text()
    assert "right in one alone" in markdown.read_text()
    ended = ivy("compare", run, worse, "--json", "--fail-if-worse", "accuracy:0.01")
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["whole"]["mcnemar"]["only_before"] == 5
    assert "-0.0100 is allowed" in ended.stderr
    assert ivy("compare", run, worse, "--fail-if-worse", "accuracy:0.9").exit_code == 0
    ended = ivy("compare", run, worse, "--fail-if-worse", "speed:1")
    assert (ended.exit_code, "none of accuracy" in ended.output) == (2, True)


def test_variants_from_the_run_to_the_report(
    tmp_path: Path, media: Path, detector: FakeDetector
) -> None:
    to = tmp_path / "variants"
    asked = ("run", media, "--to", to, "--set", "model.spec=tiny")
    ended = ivy(*asked, "--variant", "sepia")
    assert ended.exit_code == 2
    assert "'sepia' is none of jpeg-N (1 to 100 quality)" in ended.output
    assert not to.exists()
    chosen = ("--variant", "jpeg-30", "--variants", "controls")
    ended = ivy(*asked, *chosen)
    assert ended.exit_code == 0, ended.output
    assert detector.asked == 3 * COUNT
    ended = ivy(*asked)
    assert ended.exit_code == 2
    assert "the variants original, canonical, jpeg-30, and now it is original" in ended.output
    page, text = tmp_path / "a.html", tmp_path / "a.md"
    ended = ivy("report", to, "--html", page, "--markdown", text, "--resamples", "100")
    assert ended.exit_code == 0, ended.output
    for written in (page.read_text(), text.read_text()):
        assert "After something was done to the media" in written
        assert "jpeg-30" in written.replace("\\", "")
        assert "are too few to probe" in written
    ended = ivy("report", to)
    assert "canonical" in ended.output.split("After something was done")[1]
