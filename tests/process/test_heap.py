"""Memory that is free goes back to the system, whatever lies above it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os
import sys
from worker.process.heap import steady_heap
from worker.process.usage import own_bytes

if sys.argv[1] == "steady":
    assert steady_heap()

large = bytearray(30 * 2**20)  # once it is free, glibc keeps what is smaller than this
del large
before = own_bytes(os.getpid())
blocks, between = [], []
for _ in range(200):
    blocks.append(bytearray(b"x" * (500 * 1024)))
    between.append(bytearray(b"x" * 1024))  # stays, and lies above the block before
del blocks
print((own_bytes(os.getpid()) - before) / 2**20)
"""


def test_free_memory_is_given_back() -> None:
    assert kept_mib("steady") < 10
    assert kept_mib("as it is") > 20  # of 100


def kept_mib(heap: str) -> float:
    """By a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, heap], capture_output=True, text=True, check=True
    )
    return float(ended.stdout)
