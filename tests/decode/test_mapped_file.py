"""Read as a file in memory is."""

from __future__ import annotations

import io
import mmap
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.decode.mapped_file import MappedFile

DATA = bytes(range(256)) * 20


@pytest.fixture(scope="module")
def mapped() -> mmap.mmap:
    fd = os.memfd_create("mapped")
    os.write(fd, DATA)
    found = mmap.mmap(fd, len(DATA), mmap.MAP_SHARED, mmap.PROT_READ)
    os.close(fd)
    return found


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(0, 6_000)),
        st.tuples(st.just("set"), st.integers(0, 8_000)),
        st.tuples(st.just("forward"), st.integers(0, 3_000)),
        st.tuples(st.just("end"), st.integers(-5_120, 3_000)),
    ),
    max_size=20,
)


@given(steps=STEPS)
def test_it_gives_what_a_file_in_memory_gives(
    mapped: mmap.mmap, steps: list[tuple[str, int]]
) -> None:
    ours, theirs = MappedFile(mapped), io.BytesIO(DATA)
    whence = {"set": io.SEEK_SET, "forward": io.SEEK_CUR, "end": io.SEEK_END}
    for kind, number in steps:
        if kind == "read":
            assert ours.read(number) == theirs.read(number)
        else:
            assert ours.seek(number, whence[kind]) == theirs.seek(number, whence[kind])
        assert ours.tell() == theirs.tell()


def test_nothing_lies_before_the_beginning(mapped: mmap.mmap) -> None:
    with pytest.raises(ValueError, match="before the beginning"):
        MappedFile(mapped).seek(-1)
