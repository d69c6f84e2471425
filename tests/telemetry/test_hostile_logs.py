"""What a stranger wrote begins no line of a log, and steers no terminal."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.hostile_text import HOSTILE
from worker.telemetry.logs import MAX_CHARS

PROGRAM = """
import json, logging, sys
import structlog
from worker.telemetry.logs import LogFormat, configure_logs
hostile = json.loads(sys.stdin.read())
configure_logs("info", LogFormat("{form}"))
log = structlog.get_logger("ours")
mapped = {{hostile: hostile}}
log.warning("dead_letter", detail=hostile, event_id=hostile, listed=[hostile], mapped=mapped)
logging.getLogger("theirs").warning("it said %s", hostile)
try:
    raise ValueError(hostile)
except ValueError as error:
    log.error("unexpected_error", exc_info=error)
    logging.getLogger("theirs").exception("broke")
"""

LINES_OF_OURS = ("Traceback", "  File", "    raise", "ValueError", "")


def logged(form: str, hostile: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(form=form)],
        input=json.dumps(hostile).encode(),
        capture_output=True,
        check=True,
    )
    return ended.stderr.decode()


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_machine_reads_one_object_a_line(hostile: str) -> None:
    text = logged("json", hostile)
    assert text.isascii()
    lines = text.splitlines()
    assert [json.loads(line)["event"][:7] for line in lines] == [
        "dead_le",
        "it said",
        "unexpec",
        "broke",
    ]
    assert json.loads(lines[0])["detail"][:10] == hostile[:10]
    assert max(map(len, lines)) < 40 * MAX_CHARS


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_person_reads_lines_that_are_ours(hostile: str) -> None:
    text = logged("console", hostile)
    lines = text.split("\n")
    assert all(line.isprintable() for line in lines), ascii(text)[:500]
    for line in lines:
        assert line.startswith("20") or line.startswith(LINES_OF_OURS), line[:200]
    assert len(text) < 200 * MAX_CHARS
