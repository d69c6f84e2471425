"""A record of the dead-letter topic -> a letter, as it is shown to a person."""

from __future__ import annotations

import json

from tests.fuzz.invariants import quickly
from tests.fuzz.shapes import record_of
from worker.dead_letters.letter import read_letter
from worker.dead_letters.preview import preview
from worker.dead_letters.shown import (
    COLUMNS,
    MAX_CELL,
    MAX_JSON_TEXT,
    as_json_line,
    headers,
    row,
    story,
)

MAX_LEN = 4096
PREVIEW = 1000
WRITTEN_OUT = 10
"""Characters that one may become: \\U0010ffff."""


def check(data: bytes) -> None:
    """Shown are bounded texts that print, and one line of ASCII JSON."""
    record = record_of(data)
    with quickly():
        letter = read_letter(record)
        if letter is None:
            assert not any(name == "ivy-dlq-reason" for name, _ in record.headers)
            return
        cells = row(letter)
        assert len(cells) == len(COLUMNS)
        assert all(len(cell) <= MAX_CELL and cell.isprintable() for cell in cells)
        line = as_json_line(letter)
        assert line.isascii()
        assert line.isprintable()
        assert json.loads(line)["offset"] == record.offset
        for name, text in (*story(letter), *headers(letter)):
            assert name.isprintable()
            assert text.isprintable()
            assert len(text) <= WRITTEN_OUT * MAX_JSON_TEXT + 40
        shown = preview(record.value or b"", PREVIEW)
        assert all(part.isprintable() or part == "\n" for part in shown)
    assert letter.span >= 1
    assert letter.replay_count >= 0
