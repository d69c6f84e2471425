from __future__ import annotations

import os

import numpy as np
import pytest

from worker.process.shared_memory import map_bytes, map_pixels, share


def test_what_is_shared_can_be_mapped() -> None:
    fd = share(b"hello", "test")
    with map_bytes(fd, 5) as mapped:
        assert mapped[:] == b"hello"
    os.close(fd)


def test_pixels_come_back_in_their_shape_and_cannot_be_written() -> None:
    pixels = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    fd = share(pixels, "test")
    mapped = map_pixels(fd, (2, 3, 4, 3))
    os.close(fd)  # the mapping outlives the descriptor
    assert np.array_equal(mapped, pixels)
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0, 0, 0] = 1


def test_shared_memory_cannot_shrink_under_its_reader() -> None:
    fd = share(b"hello", "test")
    with pytest.raises(OSError, match="not permitted"):
        os.ftruncate(fd, 0)
    os.close(fd)


@pytest.mark.parametrize("nbytes", [4, 6, 0, -1])
def test_a_size_that_is_not_so_is_refused(nbytes: int) -> None:
    fd = share(b"hello", "test")
    with pytest.raises(ValueError, match="bytes"):
        map_bytes(fd, nbytes)
    os.close(fd)


def test_memory_that_is_not_sealed_is_refused() -> None:
    fd = os.memfd_create("test", os.MFD_ALLOW_SEALING)
    os.write(fd, b"hello")
    with pytest.raises(ValueError, match="not sealed"):
        map_bytes(fd, 5)
    os.close(fd)


def test_a_descriptor_of_something_else_is_refused() -> None:
    reader, writer = os.pipe()
    with pytest.raises(ValueError, match="no shared memory"):
        map_bytes(reader, 5)
    os.close(reader)
    os.close(writer)
