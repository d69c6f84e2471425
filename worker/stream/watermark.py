"""How far one partition may be committed."""

from __future__ import annotations

from collections import deque


class Watermark:
    """The end of the unbroken run of finished offsets, from the first one taken.

    Offsets are taken in order and finished in any. Kafka keeps one number for each partition: to
    commit past an unfinished one would lose it when the worker dies.
    """

    def __init__(self) -> None:
        self._taken: deque[tuple[int, int]] = deque()
        self._finished: set[int] = set()
        self._next: int | None = None

    def take(self, offset: int, next_offset: int | None = None) -> None:
        """An offset is under way. Offsets may skip (compaction), but never go back.

        ``next_offset`` is the first one that it does not stand for, where that is not the one after
        it: a damaged batch is one thing to be done, and many offsets.
        """
        self._taken.append((offset, offset + 1 if next_offset is None else next_offset))

    def finish(self, offset: int) -> None:
        """A taken offset has its outcome."""
        self._finished.add(offset)
        while self._taken and self._taken[0][0] in self._finished:
            first, self._next = self._taken.popleft()
            self._finished.remove(first)

    @property
    def next_offset(self) -> int | None:
        """What to commit: the first offset not yet finished. None before any is."""
        return self._next

    @property
    def gap(self) -> int:
        """Finished offsets that wait for an unfinished one before them."""
        return len(self._finished)
