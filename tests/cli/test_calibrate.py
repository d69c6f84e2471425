"""`ivy-worker calibrate`, as a person types it."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.cli.test_commands import ivy, tiny
from worker.calibration.file import load_calibrations
from worker.calibration.scored import load_scores
from worker.demo.pictures import picture
from worker.domain.answer import ScoreKind
from worker.domain.generation import AnswerForm

PICTURES = 80


def draw_set(root: Path) -> None:
    """Pictures about the colour at which the tiny checkpoint changes its mind.

    Their labels are drawn, each the likelier the redder or bluer it is: no score can tell them
    all, and one that is sure is too sure.
    """
    rng = np.random.default_rng(7)
    for number in range(PICTURES):
        tint = float(rng.uniform(-0.2, 0.2))
        fake = rng.random() < 1 / (1 + math.exp(tint / 0.07))
        file = root / ("fake" if fake else "real") / f"{number:02d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(rng, tint, 112, 84)).save(file)


def ids(file: Path) -> dict[str, str]:
    return {
        one.score_kind.value: one.calibration_id for one in load_calibrations(file).calibrations
    }


def test_help_has_an_example() -> None:
    ended = ivy("calibrate", "--help")
    assert ended.returncode == 0
    assert "ivy-worker calibrate" in ended.stdout.split("Examples")[1]


@pytest.mark.vllm
@pytest.mark.timeout(600)
def test_from_a_labelled_set_to_calibrations_and_again_from_its_scores(tmp_path: Path) -> None:
    media = tmp_path / "media"
    draw_set(media)
    (media / "fake" / "notes.txt").write_text("no picture", encoding="utf-8")
    (media / "fake" / "again.png").write_bytes(next((media / "fake").glob("*.png")).read_bytes())
    first, scores, plots = tmp_path / "a.yaml", tmp_path / "s.jsonl", tmp_path / "plots"
    ended = ivy(
        *("calibrate", str(media), "--to", str(first), "--form", "both"),
        *("--plot", str(plots), "--scores", str(scores)),
        *tiny(),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "media_unsupported" in ended.stdout
    assert "the same bytes as another item" in ended.stdout

    raw = load_scores(scores)
    assert len(raw) == 2 * (PICTURES + 1)
    assert {one.form for one in raw} == set(AnswerForm)
    found = load_calibrations(first).calibrations
    assert {one.score_kind for one in found} == {
        ScoreKind.LABEL_LOGPROBS,
        ScoreKind.VERDICT_FIRST,
    }
    for one in found:
        assert one.fitted_on.real + one.fitted_on.fake == PICTURES
        assert one.model.id == "ivy-worker/tiny"
        assert one.evaluation.calibrated.log_loss < one.evaluation.raw.log_loss
        assert one.evaluation.calibrated.ece < one.evaluation.raw.ece
        for suffix in ("png", "svg"):
            plot = plots / f"reliability-{one.score_kind}-{one.calibration_id}.{suffix}"
            assert plot.stat().st_size > 5000

    again = tmp_path / "b.json"
    ended = ivy(
        *("calibrate", "--from-scores", str(scores), "--to", str(again), "--form", "both"),
    )
    assert ended.returncode == 0, ended.stderr
    assert ids(again) == ids(first)


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """Raw scores of a made-up model, far too sure of themselves."""
    rng = np.random.default_rng(3)
    file = tmp_path / "scores.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for number in range(300):
            z = rng.normal(0, 6)
            fake = rng.random() < 1 / (1 + math.exp(-z / 4))
            item = {
                "set": "made-up",
                "path": f"{number}.png",
                "label": "fake" if fake else "real",
                "sha256": f"{number:064x}",
                "form": "think_first",
                "score": {"value": 1 / (1 + math.exp(-z)), "kind": "label_logprobs", "mass": 0.99},
                "model": {
                    "id": "made-up/model",
                    "revision": "r1",
                    "prompt_version": "p",
                    "preprocessing_version": "x",
                    "sampling_version": "s",
                    "engine": "none",
                },
            }
            out.write(json.dumps(item) + "\n")
    return file


def calibrate(scores: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return ivy(
        "calibrate", "--from-scores", str(scores), "--to", str(scores.parent / "c.yaml"), *options
    )


def test_a_method_can_be_chosen_and_others_in_the_file_are_kept(
    scores: Path, tmp_path: Path
) -> None:
    assert calibrate(scores, "--method", "isotonic").returncode == 0
    file = tmp_path / "c.yaml"
    before = ids(file)
    other = tmp_path / "other.jsonl"
    other.write_text(
        scores.read_text(encoding="utf-8").replace("made-up/model", "another/model"),
        encoding="utf-8",
    )
    assert calibrate(other, "--method", "platt").returncode == 0
    kept, new = load_calibrations(file).calibrations
    assert (kept.calibration_id, kept.method.value) == (before["label_logprobs"], "isotonic")
    assert (new.model.id, new.method.value) == ("another/model", "platt")
    assert calibrate(scores, "--method", "temperature").returncode == 0
    methods = {one.model.id: one.method.value for one in load_calibrations(file).calibrations}
    assert methods == {"made-up/model": "temperature", "another/model": "platt"}


def test_a_form_without_scores_ends_with_1_and_the_other_is_written(
    scores: Path, tmp_path: Path
) -> None:
    ended = calibrate(scores, "--form", "both")
    assert ended.returncode == 1
    assert "verdict_first is not calibrated: there is no such score" in ended.stdout
    assert set(ids(tmp_path / "c.yaml")) == {"label_logprobs"}


def test_scores_that_tell_nothing_end_with_1_and_write_nothing(
    scores: Path, tmp_path: Path
) -> None:
    text = scores.read_text(encoding="utf-8").replace('"fake"', '"?"').replace('"real"', '"fake"')
    scores.write_text(text.replace('"?"', '"real"'), encoding="utf-8")
    ended = calibrate(scores)
    assert ended.returncode == 1
    assert "do not rank fakes above real ones" in ended.stdout
    assert not (tmp_path / "c.yaml").exists()


def test_what_cannot_be_used_is_said_before_a_model_is_loaded(tmp_path: Path) -> None:
    few = tmp_path / "few"
    for name in ("real/a.png", "fake/b.png"):
        (few / name).parent.mkdir(parents=True)
        (few / name).write_bytes(b"x")
    broken = tmp_path / "broken.yaml"
    broken.write_text("calibrations: 1", encoding="utf-8")
    for arguments, said in (
        ([], "either PATH or --from-scores is needed"),
        ([str(few), "--from-scores", "x"], "either PATH or --from-scores"),
        (["--from-scores", "x", "--limit", "3"], "--limit and --scores are for asking a model"),
        ([str(few)], "at least 20 of each class are needed, and there are 1 real and 1 fake"),
        ([str(tmp_path / "nowhere")], "there is no folder or file"),
        ([str(few), "--to", str(broken)], "broken.yaml are not valid"),
        ([str(few), "--to", str(tmp_path / "no" / "c.yaml")], "--to: "),
        ([str(few), "--scores", str(few)], "--scores: "),
        ([str(few), "--plot", str(broken)], "--plot: "),
        (["--from-scores", str(tmp_path / "nowhere")], "no readable file of scores"),
    ):
        ended = ivy("calibrate", *arguments)
        assert ended.returncode == 2, arguments
        assert said in ended.stderr, arguments
    assert broken.read_text(encoding="utf-8") == "calibrations: 1"


def test_a_setting_that_names_broken_calibrations_is_said_in_a_sentence(tmp_path: Path) -> None:
    from worker.cli.exits import reported

    file = tmp_path / "c.yaml"
    file.write_text(yaml.safe_dump({"calibrations": [1]}), encoding="utf-8")
    with pytest.raises(SystemExit) as ended, reported():
        load_calibrations(file)
    assert ended.value.code == 2


@pytest.mark.vllm
def test_ctrl_c_leaves_no_file(tmp_path: Path) -> None:
    media, out = tmp_path / "media", tmp_path / "out"
    draw_set(media)
    out.mkdir()
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "worker", "calibrate", str(media), "--to", str(out / "c.yaml")),
            *("--scores", str(out / "s.jsonl"), "--plot", str(out / "plots"), *tiny()),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "tiny checkpoint" in line:  # said right before the model is loaded
                break
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130, said
    assert "Interrupted." in said
    assert not list(out.iterdir())
