"""The script that makes the stand-ins, as a person runs it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from scripts.stand_ins.layouts import MAKERS, make


def digests(root: Path) -> dict[str, str]:
    return {
        str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(root.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("name", MAKERS)
def test_each_is_small_and_the_same_again(tmp_path: Path, name: str) -> None:
    for folder in ("one", "other"):
        make(name, tmp_path / folder)
    assert digests(tmp_path / "one") == digests(tmp_path / "other") != {}
    media = [file for file in (tmp_path / "one").rglob("*") if file.suffix in {".png", ".mp4"}]
    assert sum(file.stat().st_size for file in media) < 1_000_000
