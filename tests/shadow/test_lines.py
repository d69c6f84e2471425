"""Files of verdicts."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from worker.shadow import lines
from worker.shadow.lines import Lines
from worker.shadow.protocol import OriginUnusable


def read(path: Path) -> tuple[list[bytes | None], list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    return list(Lines(path).values(lambda done, total: told.append((done, total)))), told


def test_lines_and_how_far_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"a": 1}\n\n  \n{"b": 2}')
    found, told = read(file)
    assert found == [b'{"a": 1}\n', b'{"b": 2}']
    assert told[-1] == (21, 21)


def test_a_line_without_an_end_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 16)
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"x" * 16 + b"\nshort\n" + b"y" * 100 + b"\n" + b"z" * 15 + b"\n" + b"w" * 40)
    assert read(file)[0] == [None, b"short\n", None, b"z" * 15 + b"\n", None]


def test_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"one\ntwo\n"))
    writer.start()
    found, told = read(pipe)
    writer.join()
    assert found == [b"one\n", b"two\n"]
    assert told[-1] == (8, 8)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(OriginUnusable, match=r"gone\.jsonl cannot be read: No such file"):
        read(tmp_path / "gone.jsonl")
