from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from worker.provenance.apart import _receive, apart


def test_the_answer_comes_back_whole() -> None:
    answer = os.urandom(300_000)
    assert apart(lambda: answer, seconds=10, most=300_000) == answer
    assert apart(lambda: b"", seconds=10, most=0) == b""


def test_it_is_another_process() -> None:
    told = apart(lambda: str(os.getpid()).encode(), seconds=10, most=20)
    assert told is not None
    assert int(told) != os.getpid()


def test_a_late_one_is_killed() -> None:
    def work() -> bytes:
        while True:
            pass

    began = time.monotonic()
    assert apart(work, seconds=0.3, most=10) is None
    assert time.monotonic() - began < 5


def crash() -> bytes:
    faulthandler.disable()  # pytest's, which would tell of it at length
    ctypes.string_at(0)
    return b""


def abort() -> bytes:
    faulthandler.disable()
    os.abort()


def fail() -> bytes:
    raise ValueError


def leave() -> bytes:
    raise SystemExit(0)


@pytest.mark.parametrize("work", [crash, abort, fail, leave])
def test_one_that_ends_badly_gives_nothing_and_leaves_us_be(work: Callable[[], bytes]) -> None:
    assert apart(work, seconds=10, most=10) is None


def test_half_an_answer_is_none() -> None:
    reading, writing = os.pipe()
    os.write(writing, (100).to_bytes(8) + b"half")
    os.close(writing)
    assert _receive(reading, seconds=10, most=1000) is None
    os.close(reading)


def test_too_long_an_answer_is_none() -> None:
    assert apart(lambda: b"x" * 100_000, seconds=10, most=99_999) is None


def open_files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def opened_by_work_apart() -> set[str]:
    before = open_files()
    told = apart(lambda: str(os.getpid()).encode(), seconds=10, most=20)
    assert told is not None
    with pytest.raises(ProcessLookupError):
        os.kill(int(told), 0)
    for work in (fail, lambda: b"x" * 1_000_000):
        assert apart(work, seconds=10, most=10) is None
    return open_files() - before


def test_nothing_is_left_behind() -> None:
    # In a process of its own: in this one, what other tests left running opens files, too.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(opened_by_work_apart).result() == set()
