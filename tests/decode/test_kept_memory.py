"""What a decode process keeps for its next file, and gives back when that one needs it."""

from __future__ import annotations

import os
import subprocess
import sys

from worker.decode.config import DecodeConfig
from worker.decode.kept_memory import environment

MIB = 1024**2

PROGRAM = """
import os
from PIL import Image
from worker.decode.kept_memory import give_back
from worker.process.usage import own_bytes

at_first = own_bytes(os.getpid())
photograph = Image.new("RGB", (4000, 3000), "red")
small = photograph.resize((2000, 1500))
taken = own_bytes(os.getpid()) - at_first
del photograph, small
kept = own_bytes(os.getpid()) - at_first
give_back()
print(taken, kept, own_bytes(os.getpid()) - at_first)
"""


def test_a_photographs_memory_is_kept_and_given_back() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PATH": os.environ["PATH"], **environment(DecodeConfig())},
        capture_output=True,
        text=True,
        check=True,
    )
    taken, kept, left = (int(part) for part in ended.stdout.split())
    assert taken > 48 * MIB
    assert kept > 48 * MIB
    assert left < 8 * MIB


def test_where_little_may_be_held_nothing_is_kept() -> None:
    assert environment(DecodeConfig(recycle_above_bytes=64 * MIB)) == {}
    assert environment(DecodeConfig(memory_bytes=768 * MIB)) == {}
