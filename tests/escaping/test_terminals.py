"""Hostile outcomes on a terminal, and in a program's pipe."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.text import Text

from tests.escaping.hostile_outcomes import letter_of, verdict_of
from tests.support.hostile_text import HOSTILE
from worker.app.diagnosis import Condition, Diagnosis
from worker.cli import doctor
from worker.cli.exits import Exit, fail
from worker.report.live_table import LiveTable, table_of
from worker.report.row import MAX_NAME, MAX_REASON, Row
from worker.scan.results import as_json_line
from worker.scan.targets import Target

each = pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)

WIDTH = 160


def terminal(*, real: bool = True) -> tuple[Console, Callable[[], str]]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=real, color_system=None, width=WIDTH)
    return console, out.getvalue


def rows_of(hostile: str) -> list[Row]:
    return [Row.of(hostile, verdict_of(hostile)), Row.of(hostile, letter_of(hostile))]


@each
def test_a_table_is_two_lines_of_text(hostile: str) -> None:
    console, shown = terminal()
    console.print(table_of(rows_of(hostile)))
    plain = Text.from_ansi(shown()).plain  # its own styles are taken off, and nothing else
    lines = plain.split("\n")
    assert all(line.isprintable() for line in lines), ascii(plain)[:500]
    assert len([line for line in lines if "ai_generated" in line or "failed" in line]) == 2
    assert "\x1b[2J" not in shown()
    assert "\x1b]" not in shown()


@each
def test_a_pipe_gets_a_line_for_each(hostile: str) -> None:
    console, shown = terminal(real=False)
    with LiveTable(console, "Scanning", 2) as table:
        for row in rows_of(hostile):
            table.add(row)
    lines = shown().rstrip("\n").split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() and len(line) <= MAX_NAME + MAX_REASON + 100 for line in lines)


@each
def test_json_for_a_program_is_a_line_of_ascii(hostile: str) -> None:
    for outcome in (letter_of(hostile), verdict_of(hostile) if encodes(hostile) else None):
        if outcome is not None:
            line = as_json_line(Target(hostile, "file:///x"), outcome)
            assert line.isascii()
            assert line.isprintable()
            assert json.loads(line)["target"] == hostile


def encodes(text: str) -> bool:
    """No event with half a surrogate is ever read (tests/fuzz/targets/events.py)."""
    return text.isascii() or not any("\ud800" <= part <= "\udfff" for part in text)


@each
def test_the_last_words_of_a_command_are_text(
    hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        fail(f"there is no {hostile}", Exit.FAILED)
    assert ended.value.code == Exit.FAILED
    said = capsys.readouterr().err
    assert said.startswith("ivy-worker: there is no ")
    assert all(part.isprintable() or part == "\n" for part in said)


@each
def test_what_a_server_says_of_itself_is_text(hostile: str) -> None:
    console, shown = terminal()
    doctor.tell(console, Diagnosis("model", Condition.BROKEN, hostile, 0.1))
    plain = Text.from_ansi(shown()).plain
    assert all(part.isprintable() or part == "\n" for part in plain), ascii(plain)[:300]
    assert plain.startswith("✗ model (0.1 s): ")
