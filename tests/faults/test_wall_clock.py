"""That the wall clock jumps, and nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from tests.faults.wall_clock import WallClock

PROGRAM = """
import datetime, sys, time
for line in sys.stdin:
    begun = time.monotonic()
    time.sleep(0.01)
    day = datetime.datetime.now(datetime.UTC).timestamp()
    print(time.time(), day, begun, time.monotonic(), flush=True)
"""


def test_only_the_wall_clock_jumps_and_at_once(tmp_path: Path) -> None:
    clock = WallClock(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **clock.environment},
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for hours in (0, 3, -5, 720, 0):
            clock.set(timedelta(hours=hours))
            process.stdin.write("now\n")
            process.stdin.flush()
            wall, day, begun, ended = map(float, process.stdout.readline().split())
            assert abs(wall - time.time() - hours * 3600) < 5
            assert abs(wall - day) < 1
            assert 0.01 <= ended - begun < 5
            assert abs(ended - time.monotonic()) < 5
        process.stdin.close()
