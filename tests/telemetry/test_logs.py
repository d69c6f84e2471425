from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from worker.telemetry.logs import LogFormat, configure_logs
configure_logs("info", LogFormat("{form}"))
structlog.get_logger("ours").info("taken", offset=3)
logging.getLogger("theirs").warning("careful")
logging.getLogger("kafka.conn").info("chatter")
structlog.get_logger("ours").debug("too low")
password = "hunter2"
try:
    1 / 0
except ZeroDivisionError as error:
    structlog.get_logger("ours").error("broke", exc_info=error)
print("result")
"""


def run(form: str) -> tuple[str, str]:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{form}", form)],
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout, ended.stderr


def test_every_line_is_an_object_and_standard_output_stays_free() -> None:
    out, err = run("json")
    assert out == "result\n"
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in lines] == ["taken", "careful", "broke"]
    assert lines[0]["offset"] == 3
    assert lines[0]["level"] == "info"
    assert lines[0]["timestamp"].endswith("Z")
    assert lines[2]["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert "hunter2" not in err  # tracebacks come without local variables


def test_people_get_lines() -> None:
    _, err = run("console")
    assert "taken" in err
    assert "offset=3" in err
    assert "ZeroDivisionError" in err
    assert "hunter2" not in err
