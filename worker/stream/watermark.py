"""How far one partition may be committed."""

from __future__ import annotations

from collections import deque


class Watermark:
    """The end of the unbroken run of finished offsets, from the first one taken.

    Offsets are taken in order and finished in any. Kafka keeps one number for each partition: to
    commit past an unfinished one would lose it when the worker dies.
    """

    def __init__(self) -> None:
        self._taken: deque[int] = deque()
        self._finished: set[int] = set()
        self._next: int | None = None

    def take(self, offset: int) -> None:
        """An offset is under way. Offsets may skip (compaction), but never go back."""
        self._taken.append(offset)

    def finish(self, offset: int) -> None:
        """A taken offset has its outcome."""
        self._finished.add(offset)
        while self._taken and self._taken[0] in self._finished:
            first = self._taken.popleft()
            self._finished.remove(first)
            self._next = first + 1

    @property
    def next_offset(self) -> int | None:
        """What to commit: the first offset not yet finished. None before any is."""
        return self._next

    @property
    def gap(self) -> int:
        """Finished offsets that wait for an unfinished one before them."""
        return len(self._finished)
