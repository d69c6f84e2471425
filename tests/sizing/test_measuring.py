"""Measuring, with the real decoder and the real engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.media import image_file, video_file
from worker.decode.config import DecodeConfig
from worker.detector.vllm.detector import VllmDetector
from worker.models.spec import load_spec
from worker.settings.settings import load_settings
from worker.sizing.costs import load_costs
from worker.sizing.demand import Demand
from worker.sizing.measuring.bench import assignments_of
from worker.sizing.measuring.decoding import Decodings, measure_decoding
from worker.sizing.measuring.engine import concurrencies, measure_engine
from worker.sizing.measuring.machine import this_machine
from worker.sizing.measuring.media import Subject
from worker.sizing.plan import make_plan

SPEC = load_spec("tiny")


def test_concurrencies_double_up_to_the_limit() -> None:
    assert concurrencies(1) == (1,)
    assert concurrencies(16) == (1, 2, 4, 8, 16)
    assert concurrencies(20) == (1, 2, 4, 8, 16, 20)


def test_the_whole_worker_gets_the_settings_that_matter() -> None:
    given = [
        "engine.max_num_seqs=16",
        "engine.enforce_eager=true",
        "model.spec=tiny",
        "decode.limits.image.max_pixels=1000",
        "kafka.topics.uploads=mine",
    ]
    settings = load_settings(None, given)
    passed = assignments_of(settings)
    assert sorted(passed) == sorted([given[0], given[1], given[3]])
    assert load_settings(None, [*passed, "model.spec=tiny"]).engine == settings.engine


def test_the_machine_has_no_name_in_it() -> None:
    import socket

    machine = this_machine()
    assert machine.cores >= 1
    assert socket.gethostname() not in machine.model_dump_json()


async def decodings(folder: Path) -> Decodings:
    (folder / "red.png").write_bytes(image_file(0.9))
    (folder / "blue.mp4").write_bytes(video_file(-0.9))
    (folder / "notes.txt").write_bytes(b"no media")
    seen: list[int] = []
    subjects = [Subject(path) for path in sorted(folder.iterdir())]
    config = DecodeConfig(text=False, provenance=False)
    found = await measure_decoding(subjects, config, SPEC.recipe, lambda: seen.append(1))
    assert len(seen) == 3
    return found


async def test_decoding_is_measured_and_what_is_no_media_left_out(tmp_path: Path) -> None:
    found = await decodings(tmp_path)
    video, image = found.costs
    assert (video.kind, image.kind) == ("video", "image")
    assert (video.format, image.format) == ("mp4", "png")
    assert image.bytes_in == len(image_file(0.9))
    assert 0 < image.cpu_s < 2
    assert image.items >= 1
    assert [one.facts.kind.value for one in found.decoded] == ["video", "image"]


@pytest.mark.vllm
@pytest.mark.asyncio(loop_scope="session")
async def test_the_engine_is_measured(tmp_path: Path, vllm_detector: VllmDetector) -> None:
    found = await decodings(tmp_path)
    points: list[int] = []
    cost = await measure_engine(
        vllm_detector, found.decoded[1:], (1, 4), 0.5, lambda: points.append(1)
    )
    assert cost is not None
    assert len(points) == 2
    alone, four = cost.points
    assert (alone.concurrency, four.concurrency) == (1, 4)
    # Little's law: what is inside is rate times time.
    assert alone.items_per_s * alone.mean_s == pytest.approx(1, rel=0.3)
    assert four.items_per_s * four.mean_s == pytest.approx(4, rel=0.5)
    assert cost.prompt_tokens > 10
    assert cost.completion_tokens > 5
    assert await measure_engine(vllm_detector, [], (1,), 0.5, lambda: None) is None


@pytest.mark.e2e
@pytest.mark.vllm
@pytest.mark.timeout(600)
def test_the_command_makes_a_file_that_plans(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "red.png").write_bytes(image_file(0.9))
    (media / "blue.mp4").write_bytes(video_file(-0.9))
    save = tmp_path / "costs.json"
    command = [sys.executable, "-m", "worker", "bench", "--save", str(save)]
    command += ["--media", str(media), "--seconds", "1", "--set", "model.spec=tiny"]
    command += ["--set", "engine.max_num_seqs=2"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=580, check=False)
    assert ended.returncode == 0, ended.stderr
    assert f"Wrote {save}" in ended.stdout.replace("\n", "")
    costs = load_costs(save)
    assert costs.kind == "measured"
    assert costs.engine.max_num_seqs == 2
    assert costs.engine.video is not None
    assert costs.bytes.cached_answer > 200
    assert costs.plumbing.cached_cpu_s > 0
    assert make_plan(costs, Demand(uploads_per_s=5, video_share=0.5)).fleet.workers >= 2
