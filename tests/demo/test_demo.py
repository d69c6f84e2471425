"""The demo, as a person runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.media import image_file

pytestmark = [pytest.mark.e2e, pytest.mark.vllm]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker", "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.timeout(700)
def test_artifacts_are_named_and_the_second_pass_is_all_cached() -> None:
    ended = demo()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "knows four drawn artifacts and nothing else" in ended.stdout
    lines = {
        cells[0].strip(): [cell.strip() for cell in cells[1:3]]
        for line in ended.stdout.splitlines()
        if len(cells := line.strip("│ ").split("│")) == 3
    }
    assert lines["uploads"] == ["51", "51"]
    right, of = (int(word) for word in lines["right labels"][0].split(" of "))
    assert of == 51
    assert right >= 40
    named, of = (int(word) for word in lines["artifact named"][0].split(" of "))
    assert of == 26
    assert named >= 15
    assert lines["with a calibrated score"] == ["51", "51"]
    assert lines["with provenance"] == ["8", "8"]
    assert lines["with a timeline"] == ["9", "9"]
    assert lines["failures"] == ["0", "0"]
    assert lines["from the cache"] == ["0%", "100%"]


@pytest.mark.timeout(700)
def test_a_file_without_a_verdict_makes_it_fail_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(image_file(0.9, "JPEG"))
    (tmp_path / "notes.txt").write_text("not a picture", encoding="utf-8")
    ended = demo("--media", str(tmp_path))
    assert ended.returncode == 1
    told = " ".join(ended.stdout.split())  # however wide the terminal is
    assert "notes.txt has no verdict: media_unsupported" in told
    assert "right labels" not in ended.stdout


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    ended = demo("--media", str(tmp_path))
    assert ended.returncode == 2
    assert str(tmp_path) in ended.stderr
