"""`make bench-gpu`: its plan, its table, and the sweep itself on the CPU engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.bench_gpu.axes import AXES, Base
from scripts.bench_gpu.cell import Cell, LeftOut, Measured
from scripts.bench_gpu.measuring import prepare
from scripts.bench_gpu.media import draw
from scripts.bench_gpu.table import HEAD, anchors, table
from worker.detector.vllm.config import EngineConfig
from worker.domain.generation import AnswerForm
from worker.domain.media import MediaKind
from worker.models.spec import load_spec
from worker.sizing.costs import Point

IVY = Base(load_spec("ivy-fake"), EngineConfig(), on_gpu=True, short=False)
POINT = Point(
    concurrency=4, items=40, items_per_s=4.2, output_tokens_per_s=420.0, mean_s=0.9, p99_s=1.7
)


def cells(axis: str, base: Base = IVY) -> list[Cell]:
    return [one for one in AXES[axis](base) if isinstance(one, Cell)]


def test_each_axis_changes_one_thing_and_leaves_the_rest() -> None:
    assert [one.in_flight for one in cells("in-flight")] == [1, 4, 16, 64, 256]
    assert [one.engine.max_num_seqs for one in cells("batch")] == [64, 128, 512]
    assert all(one.in_flight == one.engine.max_num_seqs for one in cells("batch"))
    most = [one.spec.recipe.image.max_pixels for one in cells("pixels")]
    assert most == [6422528, 3211264, 1605632, 802816, 401408]
    assert {one.spec.recipe.video.max_pixels for one in cells("pixels")} == {602112}
    found = [(one.engine.dtype, one.engine.quantization) for one in cells("precision")]
    assert found == [("bfloat16", None), ("float16", None), ("bfloat16", "fp8")]
    assert [one.form for one in cells("answer")][:2] == list(AnswerForm)
    assert cells("answer")[2].spec.sampling.max_tokens == 128
    assert [one.spec.recipe.sampling.max_frames for one in cells("frames")] == [2, 4, 6, 8, 16]
    assert {one.kind for one in cells("frames")} == {MediaKind.VIDEO}
    for axis in AXES:
        bases = [one for one in cells(axis) if one.spec == IVY.spec and one.engine == IVY.engine]
        assert axis == "batch" or bases, f"{axis} does not hold the base itself"


def test_fp8_is_left_out_on_the_cpu_by_name() -> None:
    base = Base(load_spec("tiny"), EngineConfig(), on_gpu=False, short=True)
    left = [one for one in AXES["precision"](base) if isinstance(one, LeftOut)]
    assert [one.value for one in left] == ["fp8"]
    assert "fp8 | left out: " in table(left)


def test_the_table_is_markdown_with_what_failed_and_what_it_is_compared_with() -> None:
    one, other = cells("in-flight")[:2]
    results = [
        Measured(one, POINT, 900.0, 100.0, "vllm 0.32.0 bfloat16"),
        Measured(other, None, failure="out of memory | truly\nand a stack"),
    ]
    lines = table(results).splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {len(HEAD) + 1}
    assert "| 4.2 | 420 | 900, 100 | 0.9 | 1.7 |" in lines[2]
    assert "failed: out of memory / truly" in lines[3]
    said = anchors(results)
    assert "about 4.3/s" in said
    assert "13 a minute" in said
    assert "here, images, in flight 1: 4.2/s with 100 tokens written each" in said


async def test_drawn_clips_have_the_frames_of_every_cell(tmp_path: Path) -> None:
    files = draw(tmp_path)
    for cell in cells("frames"):
        media = await prepare(files, cell.spec.recipe, cell.kind)
        most = cell.spec.recipe.sampling.max_frames
        assert {one.pixels.shape[0] for one in media} == {most}


def bench_gpu(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.bench_gpu", *arguments],
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **variables},
    )


def test_without_a_gpu_it_says_so_and_ends_with_a_code_of_its_own(tmp_path: Path) -> None:
    # An empty PATH has no nvidia-smi, wherever this runs.
    ended = bench_gpu("--json", str(tmp_path / "all.json"), PATH=str(tmp_path))
    assert ended.returncode == 3
    assert "no NVIDIA GPU" in ended.stderr
    assert "--engine cpu" in ended.stderr
    assert not (tmp_path / "all.json").exists()


@pytest.mark.vllm
@pytest.mark.timeout(900)
def test_the_sweep_on_the_cpu_engine(tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    ended = bench_gpu(
        *("--engine", "cpu", "--model", "tiny", "--short"),
        *("--axis", "answer", "--axis", "frames", "--set", "engine.max_num_seqs=4"),
        *("--json", str(file)),
    )
    assert ended.returncode == 0, ended.stderr
    assert "Not a GPU's figures" in ended.stdout
    assert "H100" not in ended.stdout  # nothing is compared with a GPU's
    told = json.loads(file.read_text())
    assert told["is_gpu"] is False
    assert told["gpu"] is None
    assert any(name.startswith("vllm") for name in told["packages"])
    found = {(cell["axis"], cell["value"]): cell for cell in told["cells"]}
    assert set(found) == {
        ("answer", "think first"),
        ("answer", "verdict first"),
        ("frames of a video", "2"),
        ("frames of a video", "6"),
    }
    assert all(cell["point"]["items_per_s"] > 0 for cell in found.values())
    # One token in place of a reasoning; three times the frames, more to read.
    think, first = found["answer", "think first"], found["answer", "verdict first"]
    assert first["completion_tokens"] == 1 < think["completion_tokens"]
    few, many = found["frames of a video", "2"], found["frames of a video", "6"]
    assert few["prompt_tokens"] < many["prompt_tokens"]
    for axis, value in found:
        assert f"| {axis} | {value} |" in ended.stdout
