"""The end of a process that stands still."""

from __future__ import annotations

import subprocess
import sys

from worker.process.watchdog import STALLED

PROGRAM = """
import sys, time
from worker.process.watchdog import Watchdog

watchdog = Watchdog("spinner", 0.5)
watchdog.start()
for _ in range(int(sys.argv[1])):
    time.sleep(0.1)
    watchdog.beat()
if sys.argv[2] == "stop":
    watchdog.stop()
    time.sleep(1.5)
    sys.exit(0)

def caught_in_a_library():
    while True:
        pass

caught_in_a_library()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_process_whose_thread_spins_ends_and_says_where_it_was() -> None:
    ended = run("0", "spin")
    assert ended.returncode == STALLED
    assert "caught_in_a_library" in ended.stderr
    assert "spinner" in ended.stdout + ended.stderr


def test_a_process_that_makes_steps_or_was_left_alone_goes_on() -> None:
    assert run("12", "stop").returncode == 0
