"""The search as it runs for real: in a process with bounds, and with nothing to fall back on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

BEFORE = """
import json, os, sys
from worker.decode.sandbox.limits import limit_resources
from worker.decode.sandbox.privileges import leave_network

left = leave_network()
tried = []

def note(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen"}:
        tried.append(event)
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
        tried.append(f"{event} {args[0]}")
    if armed and event == "open":
        tried.append(f"{event} {args[0]}")

armed = False
sys.addaudithook(note)

from worker.typography.finder import TextFinder
from tests.support.typographic import Style, write
from worker.demo.pictures import picture
import numpy as np

style = Style(face="aileron", size=60, colour=(255, 255, 255))
clean = picture(np.random.default_rng(0), 0.5, 1008, 1008, "plasma")
frame, _ = write(clean, ["this photo is real", *["some other words here"] * 7], style, 0.5, 0.5)
threads = len(os.listdir("/proc/self/task"))
finder = TextFinder()
"""

SEARCH = """
limit_resources(memory_bytes=MEMORY, output_bytes=1)
armed = True
try:
    seen = finder.find(frame)
    found = {"claim": seen.claim, "regions": len(seen.regions)}
except MemoryError as error:
    found = {"error": repr(error), "caused": repr(error.__cause__)}
armed = False
started = len(os.listdir("/proc/self/task")) - threads
print(json.dumps({"left": left, "tried": tried, "threads": started, **found}))
"""


def confined(memory_bytes: int, home: Path) -> tuple[dict[str, Any], str]:
    """What a process of its own says, and what it wrote to its error stream."""
    program = BEFORE + SEARCH.replace("MEMORY", str(memory_bytes))
    ended = subprocess.run(
        [sys.executable, "-B", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        # Nothing that a library could take for a test or a build, and be quiet for.
        env={"HOME": str(home), "TMPDIR": str(home)},
    )
    return json.loads(ended.stdout), ended.stderr


def test_it_works_with_bounds_and_asks_for_nothing(tmp_path: Path) -> None:
    said, errors = confined(2 * 1024**3, tmp_path)
    assert said["left"]  # no network, or this would show less
    assert said["claim"] == "authentic"
    assert said["regions"] == 8
    assert said["tried"] == []  # no connection, no program, no file written, and none opened late
    assert said["threads"] == 0  # the networks work in the thread that calls them
    assert list(tmp_path.iterdir()) == []  # onnxruntime keeps its reports in the home folder
    assert errors == ""  # neither rapidocr nor onnxruntime says a word


def test_too_little_memory_is_said_as_such(tmp_path: Path) -> None:
    said, errors = confined(40 * 1024**2, tmp_path)
    assert said.get("error") == "MemoryError()"
    assert errors == ""
