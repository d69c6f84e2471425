from __future__ import annotations

import os
from pathlib import Path

import pytest

from worker.process.cores import usable_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))


def cores(tmp_path: Path, own: str, files: dict[str, str]) -> int:
    for name, text in files.items():
        file = tmp_path / "fs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "own").write_text(own)
    return usable_cores(tmp_path / "fs", tmp_path / "own")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000\n", 8),
        ("250000 100000\n", 2),
        ("50000 100000\n", 1),
        ("9900000 100000\n", 8),
        ("nonsense\n", 8),
    ],
)
def test_a_containers_quota_bounds_them(tmp_path: Path, text: str, expected: int) -> None:
    assert cores(tmp_path, "0::/\n", {"cpu.max": text}) == expected


def test_a_group_further_up_bounds_them_too(tmp_path: Path) -> None:
    files = {"cpu.max": "max 100000", "pods/cpu.max": "300000 100000", "pods/one/cpu.max": "max 1"}
    assert cores(tmp_path, "0::/pods/one\n", files) == 3


def test_version_1_says_the_same_in_other_files(tmp_path: Path) -> None:
    own = "3:cpuset:/\n2:cpuacct,cpu:/docker/x\n0::/\n"
    files = {"cpu/docker/x/cpu.cfs_quota_us": "400000", "cpu/docker/x/cpu.cfs_period_us": "100000"}
    assert cores(tmp_path, own, files) == 4
    files["cpu/docker/x/cpu.cfs_quota_us"] = "-1"
    assert cores(tmp_path, own, files) == 8


def test_without_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "none", tmp_path / "none") == 8
