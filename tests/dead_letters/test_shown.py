"""Nothing that a stranger wrote reaches a terminal as a command."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.dead_letters.letters import make_letter
from tests.support.factories import NOON, make_record
from worker.dead_letters.letter import Letter
from worker.dead_letters.listing import (
    print_letter,
    print_letters,
    print_summary,
    summary_as_json,
)
from worker.dead_letters.preview import preview
from worker.dead_letters.shown import as_json_line
from worker.dead_letters.summary import Summary
from worker.domain.failure import Reason
from worker.printable import printable, shortened

EVIL = "\x1b[2J\x1b]0;owned\x07\r\n\t\x9b31m\u202e\u2028[bold]x[/]\ud800"


def evil_letter() -> Letter:
    letter = make_letter(
        make_record(
            b"\x1b[31m\x00\xff", key=b"\x1b]8;;http://x\x07", headers=(("\x1b[1m", b"\x9b\x1b"),)
        )
    )
    story = tuple((name, f"{text}{EVIL}") for name, text in letter.story)
    return replace(letter, detail=EVIL, event_id=EVIL, tenant=EVIL, story=story)


def printed(letters: list[Letter], *, terminal: bool) -> str:
    console = Console(
        file=io.StringIO(),
        force_terminal=terminal,
        color_system=None,
        width=200,
        legacy_windows=False,
    )
    print_letters(console, letters)
    for letter in letters:
        print_letter(console, letter, 1000)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def is_safe(text: str) -> bool:
    return all(part.isprintable() or part in "\n\t" for part in text)


def test_a_table_and_a_letter_hold_no_control_characters() -> None:
    for terminal in (True, False):
        text = printed([evil_letter()], terminal=terminal)
        assert is_safe(text.replace("\x1b[1m", "").replace("\x1b[0m", "")), ascii(text)
        assert "\\x1b[2J" in text
        assert "\\u202e" in text
        assert "[bold]x[/]" in text


def test_lines_stay_lines() -> None:
    console = Console(file=io.StringIO(), width=20)
    assert print_letters(console, [evil_letter()] * 3) == 3
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 3
    assert {line.count("\t") for line in lines} == {7}


def test_json_is_one_line_of_ascii_without_control_characters() -> None:
    line = as_json_line(evil_letter())
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["detail"] == EVIL


@given(st.text())
def test_printable_text_is_printable_and_plain_text_is_left_alone(text: str) -> None:
    assert printable(text).isprintable()
    if text.isprintable():
        assert printable(text) == text


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_is_no_longer_than_said(text: str, length: int) -> None:
    assert len(shortened(text, length)) <= length
    assert shortened(text, length).isprintable()


@given(st.binary(max_size=300) | st.text().map(str.encode), st.integers(0, 100))
def test_a_preview_is_bounded_and_safe(value: bytes, limit: int) -> None:
    shown = preview(value, limit)
    assert all(part.isprintable() or part == "\n" for part in shown)
    lines = shown.split("\n")
    assert sum(map(len, lines)) <= limit + len(
        "… cut here; 1234 bytes in all (--raw FILE has them)"
    )


def test_json_is_indented_and_a_picture_in_it_cut() -> None:
    value = json.dumps({"a": {"b": [1, 2]}, "inline": "A" * 10_000}).encode()
    shown = preview(value, 4000)
    assert '\n  "a": {\n    "b": [' in shown
    assert "A" * 300 + "… (10000 characters)" in shown
    assert "A" * 301 not in shown


def test_json_nested_beyond_reason_is_shown_as_text() -> None:
    for depth in (500, 100_000):
        assert preview(b"[" * depth + b"]" * depth, 100).startswith("[")


def test_a_summary_counts_by_reason_and_lumps_what_it_does_not_know() -> None:
    summary = Summary()
    first = make_letter(make_record({}))
    replayed = make_letter(make_record({}, headers=(("ivy-replay-count", b"1"),)))
    for letter in (first, replayed, make_letter(make_record({}), reason=Reason.NOT_JSON)):
        summary.add(letter)
    for number in range(3):
        story = (("reason", f"strange-{number}"),)
        summary.add(replace(first, reason=None, story=story))
    assert json.loads(summary_as_json(summary)) == {
        "letters": 6,
        "reasons": {
            "unknown": counts(3),
            "fetch_failed": {**counts(2), "replayed_before": 1},
            "not_json": counts(1),
        },
    }
    console = Console(file=io.StringIO(), width=100)
    print_summary(console, summary)
    assert isinstance(console.file, io.StringIO)
    assert "fetch_failed" in console.file.getvalue()


def counts(letters: int) -> dict[str, object]:
    return {
        "letters": letters,
        "replayed_before": 0,
        "first": NOON.isoformat(),
        "last": NOON.isoformat(),
    }
