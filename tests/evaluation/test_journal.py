"""Outcomes on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation.made import outcome
from worker.evaluation.journal import NAME, Journal, read_outcomes
from worker.evaluation.manifest import RunInvalid


def written(folder: Path, *paths: str) -> None:
    with Journal(folder) as journal:
        journal.append([outcome(path) for path in paths])


def paths(folder: Path) -> list[str]:
    return [one.path for one in read_outcomes(folder)]


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    assert paths(tmp_path) == []
    text = 'Ünïcode\u2028 "quotes" \n and a line'
    with Journal(tmp_path) as journal:
        journal.append([outcome("a", text=text), outcome("b")])
        assert paths(tmp_path) == ["a", "b"]  # on the disk at once
        journal.append([outcome("c")])
    written(tmp_path, "d")
    assert paths(tmp_path) == ["a", "b", "c", "d"]
    assert next(read_outcomes(tmp_path)).text == text


@pytest.mark.parametrize("left", [1, 40, -1], ids=["one byte", "some", "all but the newline"])
def test_a_torn_last_line_is_dropped(tmp_path: Path, left: int) -> None:
    written(tmp_path, "a", "b")
    file = tmp_path / NAME
    whole = file.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    file.write_bytes(whole + last[:left])
    assert paths(tmp_path) == ["a", "b"]
    written(tmp_path, "c")
    assert paths(tmp_path) == ["a", "b", "c"]


def test_a_first_line_that_is_torn_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b'{"set": "' + b"x" * 200_000)
    assert paths(tmp_path) == []
    written(tmp_path, "a")
    assert paths(tmp_path) == ["a"]


def test_a_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    written(tmp_path, "a", "b")
    file = tmp_path / NAME
    file.write_bytes(file.read_bytes().replace(b'"label":"fake"', b'"label":"perhaps"', 1))
    with pytest.raises(RunInvalid, match=r"outcomes\.jsonl, line 1: label: .*asked again"):
        paths(tmp_path)


def test_two_processes_do_not_write_to_one_run(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(RunInvalid, match="another process"):
        Journal(tmp_path)
    written(tmp_path, "a")
