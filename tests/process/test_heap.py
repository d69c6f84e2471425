"""Memory that is free goes back to the system, whatever lies above it."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from pathlib import Path
from worker.process.heap import steady_heap

if sys.argv[1] == "steady":
    assert steady_heap()

def resident_mib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

large = bytearray(30 * 2**20)  # once it is free, glibc keeps what is smaller than this
del large
before = resident_mib()
blocks, between = [], []
for _ in range(200):
    blocks.append(bytearray(b"x" * (500 * 1024)))
    between.append(bytearray(b"x" * 1024))  # stays, and lies above the block before
del blocks
print(resident_mib() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_free_memory_is_given_back() -> None:
    assert kept_mib("steady") < 10
    assert kept_mib("as it is") > 20  # of 100


def kept_mib(heap: str) -> float:
    """By a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, heap], capture_output=True, text=True, check=True
    )
    return float(ended.stdout)
