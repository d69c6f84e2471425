"""What became of each upload of a run, in 17 bytes each."""

from __future__ import annotations

import hashlib
from array import array
from enum import IntFlag
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class Mark(IntFlag):
    """What is known of one upload."""

    PUBLISHED = 1
    """The brokers have it: all in-sync replicas."""
    REFUSED = 2
    """The brokers did not take it."""
    VERDICT = 4
    DEAD_LETTER = 8
    RETRIED = 16
    """It was seen in a retry topic."""


class Again(IntFlag):
    """How a verdict stands to an earlier one about the same upload."""

    FIRST = 0
    REPEATED = 1
    """The same ``verdict_id``: delivered twice, to be dropped downstream."""
    CONTRADICTING = 2
    """Another one: two models, or content that changed between two fetches."""


class Ledger:
    """Uploads by their number. Not for several threads at once."""

    def __init__(self) -> None:
        self._due = array("d")
        self._marks = array("B")
        self._verdicts = array("Q")

    def __len__(self) -> int:
        return len(self._due)

    def open(self, due: float) -> int:
        """Another upload, to be sent at a moment of the monotonic clock; its number."""
        self._due.append(due)
        self._marks.append(0)
        self._verdicts.append(0)
        return len(self._due) - 1

    def due(self, number: int) -> float:
        """When it was to be sent."""
        return self._due[number]

    def mark(self, number: int, mark: Mark) -> bool:
        """Add a mark; whether it was not there before."""
        new = not self._marks[number] & mark
        self._marks[number] |= mark
        return new

    def has(self, number: int, mark: Mark) -> bool:
        """Whether a mark is there."""
        return bool(self._marks[number] & mark)

    def verdict(self, number: int, verdict_id: str) -> Again:
        """Note a verdict, and whether there was one before."""
        digest = hashlib.blake2b(verdict_id.encode(), digest_size=8).digest()
        print_ = int.from_bytes(digest, "big")
        if self.mark(number, Mark.VERDICT):
            self._verdicts[number] = print_
            return Again.FIRST
        return Again.REPEATED if self._verdicts[number] == print_ else Again.CONTRADICTING

    def open_ones(self, now: float, timeout_s: float) -> tuple[int, int, int]:
        """Published without an outcome: lost, in a retry topic, and not yet due.

        An upload is lost when ``timeout_s`` have passed since it was to be sent, and it was not
        seen in a retry topic, where it may wait for longer.
        """
        marks = np.frombuffer(self._marks, dtype=np.uint8)
        due: npt.NDArray[np.float64] = np.frombuffer(self._due, dtype=np.float64)
        done = Mark.VERDICT | Mark.DEAD_LETTER | Mark.REFUSED
        # Without an acknowledgement it may be there all the same.
        unanswered = (marks & done) == 0
        waiting = unanswered & ((marks & Mark.RETRIED) != 0)
        old = due + timeout_s <= now
        lost = unanswered & ~waiting & old
        return int(lost.sum()), int(waiting.sum()), int((unanswered & ~waiting & ~old).sum())
