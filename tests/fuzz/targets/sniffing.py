"""The first bytes of a file -> its type."""

from __future__ import annotations

from tests.fuzz.invariants import fit_to_publish, quickly
from worker.decode.sniff import Library, sniff
from worker.domain.failure import Poison, Reason

MAX_LEN = 1024


def check(data: bytes) -> None:
    """A type that we take, or Poison; the same for every kind of buffer."""
    with quickly():
        try:
            found = sniff(data)
        except Poison as refusal:
            fit_to_publish(refusal, {Reason.MEDIA_UNSUPPORTED})
            return
        assert sniff(memoryview(data)) == found
    assert found.mime.startswith("image/" if found.library is Library.PILLOW else "video/")
