from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from worker.process.usage import allow_seconds, own_bytes, peak_bytes

MIB = 1024**2

PROGRAM = """
import sys
for line in sys.stdin:
    held = bytearray(int(line)) if int(line) >= 0 else None
    print("held", flush=True)
    while int(line) < 0:
        pass
"""


@contextmanager
def program() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def tell(process: subprocess.Popen[str], nbytes: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{nbytes}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "held\n"


def test_memory_that_is_held_and_given_back_is_seen_and_the_peak_stays() -> None:
    with program() as process:
        tell(process, 0)
        before = own_bytes(process.pid)
        tell(process, 200 * MIB)
        assert 190 * MIB < own_bytes(process.pid) - before < 210 * MIB
        tell(process, 0)
        assert own_bytes(process.pid) - before < 20 * MIB
        assert peak_bytes(process.pid) > before + 190 * MIB


def test_a_process_that_uses_more_time_than_it_was_given_is_ended() -> None:
    with program() as process:
        tell(process, 0)
        assert allow_seconds(process.pid, 0.5)
        tell(process, -1)
        assert process.wait(60) == -signal.SIGXCPU


def test_of_a_process_that_is_gone_nothing_is_known() -> None:
    with program() as process:
        pid = process.pid
    assert own_bytes(pid) == peak_bytes(pid) == 0
    assert not allow_seconds(pid, 1)
