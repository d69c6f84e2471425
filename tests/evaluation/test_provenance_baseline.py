"""The baseline that goes by what a file says of its origin; and what is no baseline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from worker.cli.main import app
from worker.demo.origins import origin_options
from worker.demo.pictures import picture
from worker.evaluation.journal import read_outcomes
from worker.evaluation.manifest import load_manifest


def ivy(*arguments: str | Path) -> Result:
    words = ["eval", *(str(argument) for argument in arguments)]
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, words)


def test_provenance_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    folder = tmp_path / "set"
    for label, name, tells_fake, suffix in (
        ("fake", "told.png", True, "png"),
        ("fake", "silent.png", False, "png"),
        ("real", "camera.jpg", False, "jpg"),
        ("real", "silent.jpg", True, "jpg"),
    ):
        (folder / label).mkdir(parents=True, exist_ok=True)
        options = origin_options(suffix, fake=tells_fake)
        Image.fromarray(picture(rng, 0.3, 160, 128)).save(folder / label / name, **options)
    to = tmp_path / "run"
    ended = ivy("run", folder, "--to", to, "--detector", "baseline:provenance")
    assert ended.exit_code == 0, ended.output
    found = {
        one.path: (one.conclusion, round(one.score.value or 0, 6)) for one in read_outcomes(to)
    }
    assert found == {
        "fake/told.png": ("fake", 0.9),
        "fake/silent.png": ("real", 0.3),
        "real/camera.jpg": ("real", 0.1),
        "real/silent.jpg": ("real", 0.3),
    }
    assert "ranks, and no probabilities" in (load_manifest(to).notice or "")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("vllm", "is no baseline: baseline:provenance, or baseline:FILE"),
        ("baseline:", "is no baseline"),
        ("baseline:clip", "must be fitted first: ivy-worker eval fit clip"),
        ("baseline:nowhere.json", "no readable file nowhere.json"),
    ],
)
def test_what_is_no_baseline(written: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    Image.new("RGB", (64, 64)).save(tmp_path / "real" / "a.png")
    ended = ivy("run", tmp_path, "--to", tmp_path / "run", "--detector", written)
    assert ended.exit_code == 2
    assert said in ended.output
